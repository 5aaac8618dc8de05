/* The simulator's engine: what event_engine.py says, in C, operation by operation, so that its columns are equal.
 *
 * engine.c     time, timers, cores, the GIL; what happens next
 * workers.c    arrivals, acceptance, a loop's turns
 * requests.c   scripts, stations, what becomes of a request
 * reading.c    what Python tells: numbers and columns, checked as far as they could lead outside of its memory
 * module.c     the Python type
 *
 * A thread is a request's (its id is the worker count or more) or a worker's main thread (its id is the worker's
 * number). Ids are given again; tickets never, so a timer or a core's entry whose ticket is not its thread's is void.
 */

#ifndef SIMULATION_ENGINE_H
#define SIMULATION_ENGINE_H

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include "random_numbers.h"

/* As in request_scripts.py and simulation_result.py. */
enum { END, CPU, WAIT, HOLD, ACQUIRE, RELEASE, TO_THREAD, TO_LOOP, BEGIN, FIRST, DONE, YIELD, OPS };
enum { DRAWN = 64 };
enum { KERNEL_QUEUE, WORKER_QUEUE, RUNNING, GIL, STALLED, STATION, BLOCKED, AWAITING, STATES };
enum { ABSENT, IN_SYSTEM, SERVED, TIMED_OUT, REFUSED, UNCONNECTED };
enum { POOL, ACCEPTOR, LOOP };
enum { PICK_RANDOM, PICK_LONGEST_IDLE, PICK_LOWEST };
enum { STREAM_ARRIVAL = 1, STREAM_CLASS, STREAM_SCRIPT, STREAM_TIME, STREAM_ACCEPT, STREAM_THINK, STREAM_HASH, STREAM_GARBAGE, STREAMS };
enum { SYN_TRIES = 7, MOST_STATIONS = 32 };

enum { NONE = -1 };

typedef enum { TIMER_WAKE, TIMER_SWITCH, TIMER_SYN, TIMER_COME } TimerKind;
typedef enum { PHASE_STEP, PHASE_POLL, PHASE_ACCEPT, PHASE_REFUSE } Phase;

/* Of machine, workers, load: fields are named as there. */
typedef struct {
    double cores, switch_interval_s, accept_cpu_s, refusal_cpu_s, patience_s, stop_s, rate, think_s;
    double least, most, times_least, times_most, slope; /* of a Crowd */
    int64_t gil, kind, workers, threads, hashed, pick, accept_batch, most_connections, limit_concurrency, cancels;
    int64_t collect_every;
    int64_t backlog, requests, visitors, exponential;
    int poisson, closed, scripts_given;
} Settings;

typedef struct { double at; uint64_t ticket; int32_t target, number; TimerKind kind; } Timer;
typedef struct { double finish; uint64_t ticket; int32_t thread; } Computing;

typedef struct { int32_t head, tail, count; } List; /* of threads, by their next and previous */
typedef struct { int32_t *rows; int64_t head, count, capacity; } Queue;

typedef struct {
    double left_s, finish, since;
    uint64_t ticket, timer;
    int32_t row, worker, pc, first, mark_pc, slot, next, previous;
    uint32_t held;
    uint8_t state, on_loop, mark_loop, cancelled, settled, refused;
} Thread;

typedef struct {
    List ready, own, gil_queue;
    int32_t holder, current, batch, connections, free_slots, busy, idle_at;
    int32_t *free; /* slots */
    uint64_t idle_ticket, switch_ticket;
    int64_t accepted;
    double main_since, main_s, gil_since, gil_s, busy_changed, slot_s, collect_s;
    uint8_t main_busy;
    Phase phase;
} Worker;

typedef struct { List queue; int32_t free, busy; double changed, seconds; } Place;

typedef struct { int64_t count, capacity; int32_t *row, *step; int8_t *state, *on_loop; double *begin_s, *end_s; } Intervals;

/* A row for each request: Python's arrays; `ended_s` and `spent_s` are NULL where they are not recorded. */
typedef struct {
    double *arrival_s, *accepted_s, *begin_s, *first_answer_s, *done_s, *cpu_s, *ended_s, *spent_s[STATES];
    int32_t *worker, *slot, *script;
    int16_t *request_class;
    int8_t *outcome;
} Rows;

typedef struct {
    Settings is;
    Rows rows;
    uint64_t random[STREAMS];
    const int32_t *class_start, *start, *worker_of;
    const uint8_t *op;
    const double *value, *shares, *collections; /* s of CPU */
    int32_t collections_seen, classes, stations, queues;
    int8_t logged;
    double now, virtual_time, core_s, system_s;
    int64_t events, syn_drops, gil_switches, in_system, most_in_system, next_row, leaving_row, settled, issued, first_wave,
        alive;
    uint64_t tickets, accepts;
    Thread *threads;
    double (*spent)[STATES]; /* by thread, where it is recorded */
    int32_t thread_capacity, free_thread, computing;
    Computing *running;
    int64_t entries, entry_capacity;
    Timer *timers;
    int64_t timer_count, timer_capacity;
    int32_t *resumed; /* a ring */
    int64_t resumed_head, resumed_count, resumed_capacity;
    int32_t *idle;
    int32_t idle_count;
    int32_t *thread_of; /* by row, where visitors may leave */
    Worker *workers;
    Queue *kernel_queues;
    Place *places[MOST_STATIONS];
    int32_t per_worker[MOST_STATIONS];
    Intervals intervals;
    jmp_buf no_memory;
} Engine;

#pragma GCC visibility push(hidden) /* libc has an `advance` of its own */

/* engine.c */
int advance(Engine *e, int64_t events); /* 1: it is over, 0: not yet, -1: no memory */
void *grown(Engine *e, void *block, int64_t *capacity, size_t size);
uint64_t set_timer(Engine *e, double after_s, TimerKind kind, int32_t target, int32_t number);
void compute(Engine *e, int32_t thread, double seconds);
void let_go(Engine *e, int32_t thread);
void resume(Engine *e, int32_t thread);
void draw(Engine *e);

/* workers.c */
void arrive(Engine *e, int32_t row, int32_t tries);
void set_idle(Engine *e, int32_t worker);
void wake(Engine *e, int32_t worker);
void seat_own(Engine *e, int32_t worker);
void next_turn(Engine *e, int32_t worker);
void main_computed(Engine *e, int32_t worker);
void to_ready(Engine *e, int32_t thread);
int is_awaited(Engine *e, int32_t worker); /* somebody is in its kernel queue */
double times_of(const Engine *e, const Worker *w); /* of the CPU that a script says, in a crowd */

/* requests.c */
void enter(Engine *e, int32_t thread, uint8_t state);
void settle(Engine *e, int32_t row, int8_t outcome, int32_t thread);
void leave(Engine *e, int32_t row);
void run(Engine *e, int32_t thread);
void finish(Engine *e, int32_t thread);

#pragma GCC visibility pop

/* ---- small things of all three */

static inline void append(Engine *e, List *list, int32_t thread) {
    e->threads[thread].next = NONE;
    e->threads[thread].previous = list->count ? list->tail : NONE;
    if (list->count++) e->threads[list->tail].next = thread;
    else list->head = thread;
    list->tail = thread;
}

static inline void take_out(Engine *e, List *list, int32_t thread) {
    Thread *t = &e->threads[thread];
    if (t->previous == NONE) list->head = t->next;
    else e->threads[t->previous].next = t->next;
    if (t->next == NONE) list->tail = t->previous;
    else e->threads[t->next].previous = t->previous;
    list->count--;
}

static inline int32_t take_first(Engine *e, List *list) {
    int32_t thread = list->head;
    take_out(e, list, thread);
    return thread;
}

static inline Worker *worker_of(Engine *e, int32_t thread) { return &e->workers[e->threads[thread].worker]; }
static inline int is_main(const Engine *e, int32_t thread) { return thread < e->is.workers; }

static inline void count_busy(Worker *w, int32_t change, double now) {
    w->slot_s += (now - w->busy_changed) * w->busy;
    w->busy += change;
    w->busy_changed = now;
}

static inline void count_places(Place *place, int32_t change, double now) {
    place->seconds += (now - place->changed) * place->busy;
    place->busy += change;
    place->changed = now;
}

#endif
