/* Arrivals, acceptance, a loop's turns. */

#include "engine.h"

static void put(Engine *e, Queue *queue, int32_t row) {
    if (queue->count == queue->capacity) {
        int64_t old = queue->capacity;
        queue->rows = grown(e, queue->rows, &queue->capacity, sizeof(int32_t));
        for (int64_t k = 0; k < queue->head; k++) queue->rows[old + k] = queue->rows[k]; /* the ring's second part */
    }
    queue->rows[(queue->head + queue->count++) & (queue->capacity - 1)] = row;
}

static int32_t take(Queue *queue) {
    int32_t row = queue->rows[queue->head];
    queue->head = (queue->head + 1) & (queue->capacity - 1);
    queue->count--;
    return row;
}

static Queue *queue_of(Engine *e, int32_t worker) { return &e->kernel_queues[e->queues > 1 ? worker : 0]; }
int is_awaited(Engine *e, int32_t worker) { return queue_of(e, worker)->count > 0; }
static int separate(const Engine *e) { return e->is.hashed || e->worker_of; }

/* ---- idle workers: those that would take a new connection at once */

void set_idle(Engine *e, int32_t worker) {
    Worker *w = &e->workers[worker];
    if (w->idle_at >= 0) return;
    w->idle_ticket = ++e->tickets;
    w->idle_at = e->idle_count;
    e->idle[e->idle_count++] = worker;
}

static void unset_idle(Engine *e, int32_t worker) {
    int32_t at = e->workers[worker].idle_at;
    if (at < 0) return;
    int32_t last = e->idle[--e->idle_count];
    e->idle[at] = last;
    e->workers[last].idle_at = at;
    e->workers[worker].idle_at = NONE;
}

static int32_t pick(Engine *e) {
    int32_t count = e->idle_count, best = e->idle[0];
    if (count == 1) return best;
    if (e->is.pick == PICK_RANDOM) return e->idle[below(e->random[STREAM_ACCEPT], ++e->accepts, (uint32_t)count)];
    for (int32_t at = 1; at < count; at++) {
        int32_t worker = e->idle[at];
        if (e->is.pick == PICK_LOWEST ? worker < best : e->workers[worker].idle_ticket < e->workers[best].idle_ticket)
            best = worker;
    }
    return best;
}

/* Somebody is in the queue that all share: one takes it. */
static void notify(Engine *e) {
    int32_t worker = pick(e);
    if (e->is.kind != POOL && e->workers[worker].holder != NONE) {
        for (int32_t at = 0; at < e->idle_count; at++)
            if (e->workers[e->idle[at]].holder == NONE) {
                wake(e, e->idle[at]);
                return;
            }
        while (e->idle_count) wake(e, e->idle[e->idle_count - 1]); /* each wants its GIL; the first to get it takes it */
        return;
    }
    wake(e, worker);
}

double times_of(const Engine *e, const Worker *w) {
    const Settings *is = &e->is;
    double among = is->kind == POOL ? (double)e->in_system / (double)is->workers : (double)w->connections;
    if (among <= is->least) return is->times_least;
    if (among >= is->most) return is->times_most;
    return is->times_least + (among - is->least) * is->slope;
}

/* ---- arrivals */

void arrive(Engine *e, int32_t row, int32_t tries) {
    if (!tries) {
        e->rows.outcome[row] = IN_SYSTEM;
        if (e->is.closed) e->rows.arrival_s[row] = e->now;
        if (++e->in_system > e->most_in_system) e->most_in_system = e->in_system;
    }
    int32_t number = 0;
    if (e->worker_of) number = e->worker_of[row];
    else if (e->is.hashed) number = (int32_t)below(e->random[STREAM_HASH], (uint64_t)row, (uint32_t)e->is.workers);
    Queue *queue = queue_of(e, number);
    if (queue->count >= e->is.backlog) {
        e->syn_drops++;
        if (tries + 1 < SYN_TRIES) set_timer(e, (double)(1 << tries), TIMER_SYN, row, tries + 1);
        else settle(e, row, UNCONNECTED, NONE);
        return;
    }
    put(e, queue, row);
    if (separate(e)) wake(e, number);
    else if (e->idle_count) notify(e);
}

/* ---- acceptance */

static void add_threads(Engine *e) {
    int64_t old = e->thread_capacity, capacity = old, spent_capacity = old;
    if (old > INT32_MAX / 2) longjmp(e->no_memory, 1);
    e->threads = grown(e, e->threads, &capacity, sizeof(Thread));
    if (e->spent) e->spent = grown(e, e->spent, &spent_capacity, sizeof *e->spent);
    e->thread_capacity = (int32_t)capacity;
    for (int64_t thread = old; thread < capacity; thread++) {
        e->threads[thread].ticket = e->threads[thread].timer = 0;
        e->threads[thread].next = thread + 1 < capacity ? (int32_t)thread + 1 : NONE;
    }
    e->free_thread = (int32_t)old;
}

static int32_t accept_row(Engine *e, int32_t worker, int32_t row) {
    if (e->free_thread == NONE) add_threads(e);
    int32_t id = e->free_thread, first = e->start[e->rows.script[row]];
    e->free_thread = e->threads[id].next;
    e->threads[id] = (Thread){.since = e->now, .row = row, .worker = worker, .pc = first, .first = first, .mark_pc = first,
                              .slot = NONE, .next = NONE, .previous = NONE, .state = STALLED};
    if (e->spent)
        for (int state = 0; state < STATES; state++) e->spent[id][state] = 0;
    e->rows.accepted_s[row] = e->now;
    e->rows.worker[row] = worker;
    e->workers[worker].connections++;
    if (e->is.collect_every && ++e->workers[worker].accepted % e->is.collect_every == 0) {
        uint64_t k = (uint64_t)worker << 32 | (uint64_t)(e->workers[worker].accepted / e->is.collect_every);
        e->workers[worker].collect_s +=
            e->collections[below(e->random[STREAM_GARBAGE], k, (uint32_t)e->collections_seen)];
    }
    e->alive++;
    if (e->thread_of) e->thread_of[row] = id;
    if (e->rows.outcome[row] != IN_SYSTEM) {
        e->threads[id].settled = 1;
        e->threads[id].cancelled = (uint8_t)e->is.cancels;
    }
    return id;
}

/* Give a free thread of the worker to a request. */
static void seat(Engine *e, int32_t worker, int32_t thread) {
    Worker *w = &e->workers[worker];
    count_busy(w, 1, e->now);
    e->threads[thread].slot = e->rows.slot[e->threads[thread].row] = w->free[--w->free_slots];
    resume(e, thread);
}

void seat_own(Engine *e, int32_t worker) {
    Worker *w = &e->workers[worker];
    while (w->free_slots && w->own.count) seat(e, worker, take_first(e, &w->own));
}

/* Somebody is in its kernel queue, or ready on its loop. */
void wake(Engine *e, int32_t worker) {
    Worker *w = &e->workers[worker];
    if (e->is.kind == POOL) {
        Queue *queue = queue_of(e, worker);
        while (w->free_slots && queue->count) seat(e, worker, accept_row(e, worker, take(queue)));
        if (!w->free_slots) unset_idle(e, worker);
        return;
    }
    int loop = e->is.kind == LOOP;
    if (w->main_busy || !(loop || w->connections < e->is.most_connections)) return;
    unset_idle(e, worker);
    w->main_busy = 1;
    w->main_since = e->now;
    w->batch = 0;
    if (loop && w->holder == NONE) { /* its poll costs nothing, and nobody is in its way */
        if (e->is.gil) {
            w->holder = worker;
            w->gil_since = e->now;
        }
        next_turn(e, worker);
        return;
    }
    w->phase = loop ? PHASE_POLL : PHASE_ACCEPT;
    compute(e, worker, loop ? 0 : e->is.accept_cpu_s);
}

void to_ready(Engine *e, int32_t thread) {
    int32_t worker = e->threads[thread].worker;
    enter(e, thread, STALLED);
    append(e, &e->workers[worker].ready, thread);
    wake(e, worker);
}

/* ---- a main thread's turns */

/* It has nothing to do. */
static void sleep_main(Engine *e, int32_t worker) {
    Worker *w = &e->workers[worker];
    w->main_busy = 0;
    w->main_s += e->now - w->main_since;
    let_go(e, worker);
    if (e->is.kind == LOOP || w->connections < e->is.most_connections) set_idle(e, worker);
}

/* A poll is a system call: whoever waits for the GIL gets it. */
static int give_way(Engine *e, int32_t worker) {
    Worker *w = &e->workers[worker];
    if (w->holder != worker || !w->gil_queue.count) return 0;
    let_go(e, worker);
    w->phase = PHASE_POLL;
    compute(e, worker, 0);
    return 1;
}

static void accept_batch(Engine *e, int32_t worker) {
    Queue *queue = queue_of(e, worker);
    Worker *w = &e->workers[worker];
    int64_t count = queue->count, limit = e->is.limit_concurrency;
    if (e->is.accept_batch && count > e->is.accept_batch) count = e->is.accept_batch;
    while (count-- > 0) {
        int32_t thread = accept_row(e, worker, take(queue));
        e->threads[thread].on_loop = e->threads[thread].mark_loop = 1;
        if (limit && w->connections >= limit) e->threads[thread].refused = 1;
        append(e, &w->ready, thread);
    }
}

/* It goes on: to the next callback that is ready, to the poll, or to sleep. */
void next_turn(Engine *e, int32_t worker) {
    Worker *w = &e->workers[worker];
    if (e->is.kind != LOOP) {
        if (queue_of(e, worker)->count && w->connections < e->is.most_connections) {
            w->phase = PHASE_ACCEPT;
            compute(e, worker, e->is.accept_cpu_s);
        } else sleep_main(e, worker);
        return;
    }
    if (!w->batch) {
        accept_batch(e, worker);
        w->batch = w->ready.count;
        if (!w->batch) {
            sleep_main(e, worker);
            return;
        }
        if (give_way(e, worker)) return;
    }
    w->batch--;
    int32_t thread = w->current = take_first(e, &w->ready);
    if (e->threads[thread].refused) {
        w->phase = PHASE_REFUSE;
        compute(e, worker, e->is.refusal_cpu_s);
    } else {
        w->phase = PHASE_STEP;
        resume(e, thread);
    }
}

/* What it computed is done; it still has the GIL. */
void main_computed(Engine *e, int32_t worker) {
    Worker *w = &e->workers[worker];
    switch (w->phase) {
    case PHASE_STEP: run(e, w->current); return;
    case PHASE_POLL: next_turn(e, worker); return;
    case PHASE_ACCEPT: {
        Queue *queue = queue_of(e, worker);
        if (queue->count) {
            int32_t thread = accept_row(e, worker, take(queue));
            enter(e, thread, WORKER_QUEUE);
            append(e, &w->own, thread);
            seat_own(e, worker);
        }
        if (!give_way(e, worker)) next_turn(e, worker);
        return;
    }
    default:
        if (!e->threads[w->current].settled) settle(e, e->threads[w->current].row, REFUSED, w->current);
        finish(e, w->current);
    }
}
