/* The hot parts of the probe, compiled: what a request meets on its way through a worker.

   ring.c             Ring        appends a record to the ring file
   lane_slot.c        LaneSlot    a lane and the request that is there; entering and leaving, calls in a thread
   recorder.c         Recorder    what all the others record with
   coroutines.c       Steps       a coroutine whose steps are recorded
   own_work.c         Poll, Schedule, Callback  what a loop runs that is no step of a request
   gil_holder.c       pause       the sampler's, and looks at threads that need no GIL
   wsgi.c             ProbedWsgi
   source_location.c  take_lines  at which lines other threads are

   The same in Python, to be read first, and used where nothing could be compiled, beside this folder: protocol/ring.py,
   lanes.py, hooks/coroutines.py, hooks/executors.py, hooks/own_work.py, hooks/wsgi.py,
   sampling/source_location.py, sampling/gil_holder.py.
   Tests hold both to the same.
   What else a request meets is in Python alone: compiled it earned less than one request in a hundred. */

#ifndef ASGI_VS_WSGI_NATIVE_H
#define ASGI_VS_WSGI_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <structmember.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
static inline uint64_t thread_time_ns(void) { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

/* Kinds and flags as asgi_vs_wsgi.server_targets.probe.protocol.records has them, `place`d; read from there when the module is loaded. */
typedef struct {
    uint32_t begin, response_start, returned, raised, step, step_end, accepted, thread, thread_start, thread_end;
} Places;

/* What is looked up in Python once, when the module is loaded. */
typedef struct {
    PyObject *current;     /* the context variable that holds the request */
    PyObject *number_of;   /* a request's number from a header */
    PyObject *wrap_body;   /* a body that takes no `close` of ours, with one */
    PyObject *accepted_ns; /* client port to the time at which its connection was accepted */
    PyObject *header_wsgi;
    PyObject *task;        /* asyncio.Task */
    PyObject *str_close, *str_throw, *str_context, *str_get, *str_remote_port;
    PyObject *zero;
    Places places;
} Known;

extern Known known;

/* What all our types begin with, and those that are called. */
#define OUR_TYPE(Name, words) \
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "asgi_vs_wsgi.server_targets.probe._native." #Name, .tp_doc = words, \
                         .tp_basicsize = sizeof(Name)
#define CALLED_BY_VECTOR(Name) .tp_vectorcall_offset = offsetof(Name, vectorcall), .tp_call = PyVectorcall_Call

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Py_buffer buffer;
    unsigned char *slots;
    uint64_t mask;
    uint64_t drawn;
    int silent; /* in a child that the application forked */
} Ring;

extern PyTypeObject RingType;
void ring_put(Ring *ring, uint64_t t_ns, uint64_t value, uint32_t request, uint32_t place);

typedef struct {
    PyObject_HEAD
    uint32_t lane;
    uint32_t request;
    uint32_t works_for; /* of a loop: whose its own work is; 0: it is told of no more */
    uint64_t since_ns;
    uint64_t since_cpu_ns;
    unsigned long thread_id;
    long tid;
    unsigned char crossing;
    char sampled;
    char own_work; /* of a loop: what runs between steps now is its own work */
    PyObject *outer; /* a LaneSlot, or NULL for None */
} LaneSlot;

extern PyTypeObject LaneSlotType;

typedef struct {
    PyObject_HEAD
    PyObject *write;   /* a Ring, or any callable like one */
    PyObject *slots;   /* dict: thread ident to the innermost LaneSlot there */
    PyObject *free;    /* list of Stays that are to be lent again */
    PyObject *served;  /* set: kernel ids of the threads that have had a slot */
    uint64_t serial;   /* from 1; no other recorder of this process has it */
    PyObject *add;     /* makes a LaneSlot for a new lane */
    PyObject *of_loop; /* the LaneSlot of the event loop that runs on the calling thread */
    PyObject *failed;  /* called with an error that has left the application, and the request */
    PyObject *leaving; /* called with the request whose body is closed while an error is handled */
    struct Steps *suspended_first, *suspended_last; /* in the order of their first suspensions; each holds the recorder */
} Recorder;

extern PyTypeObject RecorderType;

/* What the collector may do with our types. A field that is set when the object is made and never again is not cleared
   (no tp_clear, as in a tuple): no cycle is made of such fields alone, so another member of it is cleared, and our
   methods never find such a field NULL, whatever runs while a cycle is taken apart. What is set later (a coroutine, a
   body) is cleared, and every reader of it asks. What has to be recorded at an object's end is recorded by tp_finalize,
   which the collector calls before it clears anything of a cycle. */

/* For a type that holds one object beside its recorder, both for its life. */
#define HOLDS_RECORDER_AND(Type, name, object)                               \
    static int name##_traverse(PyObject *self, visitproc visit, void *arg) { \
        Py_VISIT(((Type *)self)->recorder);                                  \
        Py_VISIT(((Type *)self)->object);                                    \
        return 0;                                                            \
    }                                                                        \
    static void name##_dealloc(PyObject *self) {                             \
        PyObject_GC_UnTrack(self);                                           \
        Py_XDECREF(((Type *)self)->object);                                  \
        Py_XDECREF(((Type *)self)->recorder);                                \
        PyObject_GC_Del(self);                                               \
    }

void record(Recorder *recorder, uint64_t t_ns, uint64_t value, uint32_t request, uint32_t place);
/* The error that is set has ended the request, and stays set. */
void note_failure(Recorder *recorder, uint32_t request);
/* 0, or -1 with an error set: the body of the request is closed, perhaps since its parts have raised. */
int note_leaving(Recorder *recorder, uint32_t request);

/* NULL with an error set where no lane could be made. The result is a new reference; `leave` takes it. */
LaneSlot *enter(Recorder *recorder, uint32_t request, uint64_t since_ns, uint64_t since_cpu_ns, unsigned char crossing);
void leave(Recorder *recorder, LaneSlot *slot);
/* In a forked child. */
void forget_threads(void);
/* Methods of a recorder: a call in a thread. */
PyObject *begin_call(PyObject *recorder, PyObject *const *args, Py_ssize_t count);
PyObject *end_call(PyObject *recorder, PyObject *slot);

#define OWN_WORK 0xffffffffu /* records.OWN_WORK */

/* A step that is over is recorded if it has lasted so long, or if the sampler has met it. */
void tell_step(
    Recorder *recorder, LaneSlot *slot, uint32_t request, uint64_t start_ns, uint64_t end_ns, uint64_t least_ns);
/* The loop's own work is over, or a step begins in it; or it goes on where a step has ended. */
void pause_own_work(Recorder *recorder, LaneSlot *slot, uint64_t end_ns);
static inline void resume_own_work(LaneSlot *slot, uint64_t at_ns) {
    if (slot->request) return;
    slot->since_ns = at_ns;
    slot->request = OWN_WORK;
}

extern PyTypeObject PollType, ScheduleType, CallbackType;

extern PyTypeObject StepsType;
/* `steps`, which makes them. 0, or -1 with an error set. */
int add_steps(PyObject *module);


/* `take_lines`, where this interpreter's frames can be read in place. 0, or -1 with an error set. */
int add_lines(PyObject *module);
/* `pause`, `watch`. 0, or -1 with an error set. */
int add_pauses(PyObject *module);
extern PyTypeObject ProbedWsgiType, ServingType;

#endif
