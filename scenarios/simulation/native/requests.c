/* Scripts, stations, and what becomes of a request. */

#include "engine.h"

static void add_interval(Engine *e, const Thread *t) {
    Intervals *all = &e->intervals;
    if (all->count == all->capacity) {
        int64_t capacity[6];
        for (int column = 0; column < 6; column++) capacity[column] = all->capacity;
        all->row = grown(e, all->row, &capacity[0], sizeof *all->row);
        all->step = grown(e, all->step, &capacity[1], sizeof *all->step);
        all->state = grown(e, all->state, &capacity[2], sizeof *all->state);
        all->on_loop = grown(e, all->on_loop, &capacity[3], sizeof *all->on_loop);
        all->begin_s = grown(e, all->begin_s, &capacity[4], sizeof *all->begin_s);
        all->end_s = grown(e, all->end_s, &capacity[5], sizeof *all->end_s);
        all->capacity = capacity[0];
    }
    int64_t at = all->count++;
    all->row[at] = t->row;
    all->step[at] = t->refused ? -1 : t->mark_pc - t->first;
    all->state[at] = (int8_t)t->state;
    all->on_loop[at] = (int8_t)t->mark_loop;
    all->begin_s[at] = t->since;
    all->end_s[at] = e->now;
}

void enter(Engine *e, int32_t thread, uint8_t state) {
    Thread *t = &e->threads[thread];
    if (e->spent) {
        double passed = e->now - t->since;
        if (passed > 0) {
            e->spent[thread][t->state] += passed;
            if (e->logged) add_interval(e, t);
        }
        t->since = e->now;
        t->mark_loop = t->on_loop;
        t->mark_pc = state == STALLED || state == WORKER_QUEUE ? t->pc : t->pc - 1;
    }
    t->state = state;
}

/* Its client is through; `thread` is NONE where no worker has it. */
void settle(Engine *e, int32_t row, int8_t outcome, int32_t thread) {
    Rows *rows = &e->rows;
    rows->outcome[row] = outcome;
    rows->done_s[row] = e->now;
    if (outcome == SERVED && rows->first_answer_s[row] < 0) rows->first_answer_s[row] = e->now;
    if (e->spent)
        rows->spent_s[KERNEL_QUEUE][row] = (thread == NONE ? e->now : rows->accepted_s[row]) - rows->arrival_s[row];
    if (thread != NONE) {
        e->threads[thread].settled = 1;
        if (e->spent) {
            enter(e, thread, e->threads[thread].state);
            for (int state = WORKER_QUEUE; state < STATES; state++) rows->spent_s[state][row] = e->spent[thread][state];
        }
    }
    e->in_system--;
    e->settled++;
    if (e->is.closed && e->issued < e->is.requests) {
        double think_s = e->is.think_s;
        if (e->is.exponential) think_s = exponential(e->random[STREAM_THINK], (uint64_t)e->issued) * think_s;
        e->issued++;
        set_timer(e, think_s, TIMER_COME, NONE, 0);
    }
}

/* ---- stations */

static Place *place_of(Engine *e, const Thread *t, int32_t station) {
    return &e->places[station][e->per_worker[station] ? t->worker : 0];
}

/* A visitor's patience is at its end. */
void leave(Engine *e, int32_t row) {
    int32_t thread = e->thread_of[row];
    settle(e, row, TIMED_OUT, thread);
    if (thread == NONE || !e->is.cancels) return;
    Thread *t = &e->threads[thread];
    t->cancelled = 1;
    if (!t->on_loop || (t->state != AWAITING && t->state != STATION)) return;
    if (t->state == STATION) take_out(e, &place_of(e, t, (int32_t)e->value[t->pc - 1])->queue, thread);
    t->timer = 0;
    to_ready(e, thread);
}

/* The first in its line gets it. */
static void release_place(Engine *e, int32_t thread, int32_t station) {
    Thread *t = &e->threads[thread];
    Place *place = place_of(e, t, station);
    t->held &= ~(1u << station);
    if (!place->queue.count) {
        place->free++;
        count_places(place, -1, e->now);
        return;
    }
    int32_t heir = take_first(e, &place->queue);
    e->threads[heir].held |= 1u << station;
    if (e->threads[heir].on_loop) to_ready(e, heir);
    else resume(e, heir);
}

/* ---- scripts */

/* Its loop goes on without it. */
static void set_aside(Engine *e, int32_t worker) {
    e->workers[worker].current = NONE;
    next_turn(e, worker);
}

/* Carry a request's script on until it has to wait for something. */
void run(Engine *e, int32_t id) {
    for (;;) {
        Thread *t = &e->threads[id]; /* it moves when a loop accepts: whoever may have woken one takes it anew */
        int32_t worker = t->worker, row = t->row;
        Worker *w = &e->workers[worker];
        int on_loop = t->on_loop, op = e->op[t->pc];
        double value = e->value[t->pc];
        if (op == END || (t->cancelled && on_loop)) {
            finish(e, id);
            return;
        }
        t->pc++;
        if (op >= DRAWN) {
            op -= DRAWN;
            value *= exponential(e->random[STREAM_TIME], (uint64_t)row << 20 | (uint64_t)(t->pc - t->first));
        }
        int32_t runner = on_loop ? worker : id;
        switch (op) {
        case CPU:
            if (!(value > 0)) break;
            value = value * times_of(e, w) + w->collect_s;
            w->collect_s = 0;
            e->rows.cpu_s[row] += value;
            compute(e, runner, value);
            return;
        case WAIT:
        case HOLD:
            if (value > 0) {
                t->timer = set_timer(e, value, TIMER_WAKE, id, 0);
                if (on_loop && op == WAIT) {
                    enter(e, id, AWAITING);
                    set_aside(e, worker);
                } else {
                    enter(e, id, BLOCKED);
                    let_go(e, runner);
                }
                return;
            }
            if (!on_loop || op == HOLD) break;
            enter(e, id, STALLED);
            append(e, &w->ready, id);
            set_aside(e, worker);
            return;
        case ACQUIRE: {
            Place *place = place_of(e, t, (int32_t)value);
            if (place->free) {
                place->free--;
                count_places(place, 1, e->now);
                t->held |= 1u << (int32_t)value;
                break;
            }
            append(e, &place->queue, id);
            enter(e, id, STATION);
            if (on_loop) set_aside(e, worker);
            else let_go(e, id);
            return;
        }
        case RELEASE: release_place(e, id, (int32_t)value); break;
        case BEGIN:
            if (e->rows.begin_s[row] < 0) e->rows.begin_s[row] = e->now;
            break;
        case FIRST:
            if (!t->settled && e->rows.first_answer_s[row] < 0) e->rows.first_answer_s[row] = e->now;
            break;
        case DONE:
            if (!t->settled) settle(e, row, SERVED, id);
            break;
        case YIELD:
            if (w->holder != runner || !w->gil_queue.count) break;
            let_go(e, runner);
            compute(e, runner, 0);
            return;
        case TO_THREAD:
            if (!on_loop) break;
            t->on_loop = 0;
            resume(e, id);
            set_aside(e, worker);
            return;
        default: /* TO_LOOP */
            if (e->is.kind != LOOP || on_loop) break;
            let_go(e, id);
            t->on_loop = 1;
            to_ready(e, id);
            return;
        }
    }
}

/* Its worker is through with it. */
void finish(Engine *e, int32_t thread) {
    Thread *t = &e->threads[thread];
    int32_t worker = t->worker, row = t->row, slot = t->slot;
    int on_loop = t->on_loop;
    Worker *w = &e->workers[worker];
    if (!t->settled) settle(e, row, SERVED, thread);
    for (int32_t station = 0; e->threads[thread].held; station++)
        if (e->threads[thread].held >> station & 1) release_place(e, thread, station);
    t = &e->threads[thread]; /* a loop that its place woke may have accepted */
    if (e->spent) {
        enter(e, thread, t->state);
        e->rows.ended_s[row] = e->now;
    }
    if (e->thread_of) e->thread_of[row] = NONE;
    e->alive--;
    w->connections--;
    if (on_loop) w->current = NONE;
    else let_go(e, thread);
    t->ticket = t->timer = 0;
    t->next = e->free_thread;
    e->free_thread = thread;
    if (on_loop) {
        next_turn(e, worker);
        return;
    }
    if (e->is.kind == LOOP) return;
    w->free[w->free_slots++] = slot;
    count_busy(w, -1, e->now);
    if (e->is.kind == POOL) {
        set_idle(e, worker);
        wake(e, worker);
        return;
    }
    seat_own(e, worker);
    if (w->connections + 1 == e->is.most_connections && !w->main_busy) {
        set_idle(e, worker);
        if (is_awaited(e, worker)) wake(e, worker);
    }
}
