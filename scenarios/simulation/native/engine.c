/* Time, timers, cores, the GIL, and what happens next. */

#include "engine.h"

/* Room for more; an error ends `advance`. */
void *grown(Engine *e, void *block, int64_t *capacity, size_t size) {
    int64_t wanted = *capacity ? *capacity * 2 : 64;
    void *more = wanted <= INT64_MAX / 2 / (int64_t)size ? realloc(block, (size_t)wanted * size) : NULL;
    if (!more) longjmp(e->no_memory, 1);
    *capacity = wanted;
    return more;
}

/* ---- timers: a heap with four children to a node */

static inline int sooner(const Timer *a, const Timer *b) {
    return a->at < b->at || (a->at == b->at && a->ticket < b->ticket);
}

uint64_t set_timer(Engine *e, double after_s, TimerKind kind, int32_t target, int32_t number) {
    if (e->timer_count == e->timer_capacity) e->timers = grown(e, e->timers, &e->timer_capacity, sizeof(Timer));
    Timer timer = {e->now + after_s, ++e->tickets, target, number, kind}, *heap = e->timers;
    int64_t at = e->timer_count++;
    while (at) {
        int64_t parent = (at - 1) >> 2;
        if (!sooner(&timer, &heap[parent])) break;
        heap[at] = heap[parent];
        at = parent;
    }
    heap[at] = timer;
    return timer.ticket;
}

static Timer take_timer(Engine *e) {
    Timer *heap = e->timers, first = heap[0], last = heap[--e->timer_count];
    int64_t at = 0, count = e->timer_count;
    for (;;) {
        int64_t best = 4 * at + 1, end = best + 4 < count ? best + 4 : count;
        if (best >= count) break;
        for (int64_t child = best + 1; child < end; child++)
            if (sooner(&heap[child], &heap[best])) best = child;
        if (!sooner(&heap[best], &last)) break;
        heap[at] = heap[best];
        at = best;
    }
    if (count) heap[at] = last;
    return first;
}

void resume(Engine *e, int32_t thread) {
    if (e->resumed_count == e->resumed_capacity) {
        int64_t old = e->resumed_capacity;
        e->resumed = grown(e, e->resumed, &e->resumed_capacity, sizeof(int32_t));
        for (int64_t k = 0; k < e->resumed_head; k++) e->resumed[old + k] = e->resumed[k]; /* the ring's second part */
    }
    e->resumed[(e->resumed_head + e->resumed_count++) & (e->resumed_capacity - 1)] = thread;
}

/* ---- cores: a heap by the virtual time of the end */

static inline int ends_before(const Computing *a, const Computing *b) {
    return a->finish < b->finish || (a->finish == b->finish && a->ticket < b->ticket);
}

/* There is room. */
static void put_computing(Engine *e, Computing entry) {
    Computing *heap = e->running;
    int64_t at = e->entries++;
    while (at) {
        int64_t parent = (at - 1) >> 1;
        if (!ends_before(&entry, &heap[parent])) break;
        heap[at] = heap[parent];
        at = parent;
    }
    heap[at] = entry;
}

/* Entries of threads that a switch took off their core are void: long pieces leave many. */
static void drop_void(Engine *e) {
    int64_t all = e->entries;
    e->entries = 0;
    for (int64_t at = 0; at < all; at++)
        if (e->threads[e->running[at].thread].ticket == e->running[at].ticket) put_computing(e, e->running[at]);
}

static void enter_as(Engine *e, int32_t thread, uint8_t state) {
    int32_t request = is_main(e, thread) ? e->workers[thread].current : thread;
    if (request != NONE) enter(e, request, state);
}

static void to_core(Engine *e, int32_t thread) {
    if (e->entries == e->entry_capacity) e->running = grown(e, e->running, &e->entry_capacity, sizeof(Computing));
    Thread *t = &e->threads[thread];
    t->ticket = ++e->tickets;
    t->finish = e->virtual_time + t->left_s;
    put_computing(e, (Computing){t->finish, t->ticket, thread});
    e->computing++;
    enter_as(e, thread, RUNNING);
}

static Computing take_computing(Engine *e) {
    Computing *heap = e->running, first = heap[0], last = heap[--e->entries];
    int64_t at = 0, count = e->entries;
    for (;;) {
        int64_t best = 2 * at + 1;
        if (best >= count) break;
        if (best + 1 < count && ends_before(&heap[best + 1], &heap[best])) best++;
        if (!ends_before(&heap[best], &last)) break;
        heap[at] = heap[best];
        at = best;
    }
    if (count) heap[at] = last;
    return first;
}

static void off_core(Engine *e) {
    if (--e->computing) return;
    e->virtual_time = 0; /* keeps it small, and differences of it exact */
    e->entries = 0;
}

static void computed(Engine *e) {
    Computing entry = take_computing(e);
    e->threads[entry.thread].ticket = 0;
    if (e->virtual_time < entry.finish) e->virtual_time = entry.finish;
    off_core(e);
    if (is_main(e, entry.thread)) main_computed(e, entry.thread);
    else run(e, entry.thread);
}

/* ---- the GIL */

static void await_gil(Engine *e, Worker *w, int32_t thread) {
    append(e, &w->gil_queue, thread);
    enter_as(e, thread, GIL);
}

/* The interval begins when the first begins to wait. */
static void arm(Engine *e, Worker *w) {
    if (!w->switch_ticket && w->gil_queue.count)
        w->switch_ticket = set_timer(e, e->is.switch_interval_s, TIMER_SWITCH, (int32_t)(w - e->workers), 0);
}

void compute(Engine *e, int32_t thread, double seconds) {
    e->threads[thread].left_s = seconds;
    if (e->is.gil) {
        Worker *w = worker_of(e, thread);
        if (w->holder == NONE) {
            w->holder = thread;
            w->gil_since = e->now;
        } else if (w->holder != thread) {
            await_gil(e, w, thread);
            arm(e, w);
            return;
        }
    }
    to_core(e, thread);
}

/* If it has it; the first in line gets it. */
void let_go(Engine *e, int32_t thread) {
    Worker *w = worker_of(e, thread);
    if (w->holder != thread) return;
    w->switch_ticket = 0;
    if (w->gil_queue.count) {
        w->holder = take_first(e, &w->gil_queue);
        to_core(e, w->holder);
        arm(e, w);
    } else {
        w->holder = NONE;
        w->gil_s += e->now - w->gil_since;
    }
}

static void switch_holder(Engine *e, Worker *w) {
    int32_t holder = w->holder;
    w->switch_ticket = 0;
    if (holder == NONE || !w->gil_queue.count) return;
    e->gil_switches++;
    Thread *t = &e->threads[holder];
    t->left_s = t->finish - e->virtual_time > 0 ? t->finish - e->virtual_time : 0;
    t->ticket = 0;
    off_core(e);
    if (e->entries > 2 * (int64_t)e->computing + 64) drop_void(e);
    w->holder = take_first(e, &w->gil_queue);
    to_core(e, w->holder);
    await_gil(e, w, holder);
    arm(e, w);
}

/* ---- what happens next */

static void ring(Engine *e) {
    Timer timer = take_timer(e);
    switch (timer.kind) {
    case TIMER_WAKE: {
        Thread *t = &e->threads[timer.target];
        if (t->timer != timer.ticket) return;
        t->timer = 0;
        if (t->state == AWAITING) to_ready(e, timer.target);
        else resume(e, timer.target);
        return;
    }
    case TIMER_SWITCH:
        if (e->workers[timer.target].switch_ticket == timer.ticket) switch_holder(e, &e->workers[timer.target]);
        return;
    case TIMER_SYN:
        if (e->rows.outcome[timer.target] == IN_SYSTEM) arrive(e, timer.target, timer.number);
        return;
    default:
        e->next_row++;
        arrive(e, (int32_t)(e->next_row - 1), 0);
    }
}

static void pass_time(Engine *e, double to) {
    double passed = to - e->now;
    if (!(passed > 0)) return;
    if (e->computing) {
        double cores = e->is.cores, computing = e->computing;
        e->virtual_time += computing <= cores ? passed : passed * (cores / computing);
        e->core_s += passed * (computing <= cores ? computing : cores);
    }
    e->system_s += passed * (double)e->in_system;
    e->now = to;
}

/* Of equal moments the end of a computation comes first, then a timer, an arrival, a visitor's leaving. */
static int carry_on(Engine *e, int64_t events) {
    enum { NOTHING, COMPUTED, TIMER, ARRIVAL, LEAVING } happens;
    const double *arrival = e->rows.arrival_s;
    const int8_t *outcome = e->rows.outcome;
    while (events-- > 0) {
        if (e->settled == e->is.requests && !e->alive) return 1;
        while (e->entries && e->threads[e->running[0].thread].ticket != e->running[0].ticket) take_computing(e);
        double at = INFINITY;
        happens = NOTHING;
        if (e->entries) {
            double left = e->running[0].finish - e->virtual_time;
            double rate = e->computing <= e->is.cores ? 1.0 : e->is.cores / e->computing;
            at = left > 0 ? e->now + left / rate : e->now;
            happens = COMPUTED;
        }
        if (e->timer_count && e->timers[0].at < at) {
            at = e->timers[0].at;
            happens = TIMER;
        }
        if (e->is.closed) {
            if (e->first_wave > e->next_row) {
                at = 0;
                happens = ARRIVAL;
            }
        } else if (e->next_row < e->is.requests && arrival[e->next_row] < at) {
            at = arrival[e->next_row];
            happens = ARRIVAL;
        }
        if (e->is.patience_s < INFINITY) {
            while (e->leaving_row < e->next_row && outcome[e->leaving_row] != IN_SYSTEM) e->leaving_row++;
            if (e->leaving_row < e->next_row && arrival[e->leaving_row] + e->is.patience_s < at) {
                at = arrival[e->leaving_row] + e->is.patience_s;
                happens = LEAVING;
            }
        }
        if (happens == NOTHING || at > e->is.stop_s) {
            if (e->is.stop_s < INFINITY) pass_time(e, e->is.stop_s);
            return 1;
        }
        pass_time(e, at);
        e->events++;
        switch (happens) {
        case COMPUTED: computed(e); break;
        case TIMER: ring(e); break;
        case ARRIVAL:
            e->next_row++;
            arrive(e, (int32_t)(e->next_row - 1), 0);
            break;
        default: leave(e, (int32_t)e->leaving_row);
        }
        while (e->resumed_count) {
            int32_t thread = e->resumed[e->resumed_head];
            e->resumed_head = (e->resumed_head + 1) & (e->resumed_capacity - 1);
            e->resumed_count--;
            run(e, thread);
        }
    }
    return 0;
}

int advance(Engine *e, int64_t events) { return setjmp(e->no_memory) ? -1 : carry_on(e, events); }

/* Arrivals, classes and scripts, as far as they are not given. */
void draw(Engine *e) {
    const int32_t *from = e->class_start;
    if (e->is.poisson) {
        double at = 0, mean = 1.0 / e->is.rate;
        for (int64_t row = 0; row < e->is.requests; row++)
            e->rows.arrival_s[row] = at += exponential(e->random[STREAM_ARRIVAL], (uint64_t)row) * mean;
    }
    double all = 0;
    int32_t last = 0;
    for (int32_t kind = 0; kind < e->classes; kind++) {
        all += e->shares[kind];
        if (e->shares[kind] > 0) last = kind;
    }
    for (int64_t row = 0; row < e->is.requests; row++) {
        int32_t kind = 0, count;
        if (e->is.scripts_given) {
            for (int32_t low = 0, high = e->classes; high - low > 1;) {
                int32_t middle = (low + high) / 2;
                if (from[middle] <= e->rows.script[row]) low = kind = middle;
                else high = middle;
            }
        } else {
            if (last) {
                double at = unit(e->random[STREAM_CLASS], (uint64_t)row) * all, sum = e->shares[0];
                while (kind < last && sum <= at) sum += e->shares[++kind];
            }
            count = from[kind + 1] - from[kind];
            e->rows.script[row] =
                from[kind] + (count > 1 ? (int32_t)below(e->random[STREAM_SCRIPT], (uint64_t)row, (uint32_t)count) : 0);
        }
        e->rows.request_class[row] = (int16_t)kind;
    }
}
