/* The hot parts of the probe, compiled: what a request meets on its way through a worker.

   ring.c     Ring      appends a record to the ring file
   stay.c     Stay      a lane and the request that is there; entering and leaving
   recorder.c Recorder  what all the others record with; wraps a coroutine
   steps.c    Steps     a coroutine whose steps are recorded
   send.c     SendSeen  an ASGI `send` that records the start of the response
   calls.c    Submit    an executor's `submit` whose calls are recorded
   wsgi.c     ProbedWsgi
   accepts.c  Accept    notes when a connection was accepted
   lines.c    take_lines  at which lines other threads are

   The same in Python, to be read first, and used where nothing could be compiled: ring.py, lanes.py, steps.py,
   threads.py, wsgi.py, accepts.py, lines.py beside this folder. Tests hold both to the same. */

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
    uint32_t begin, response_start, returned, raised, cancelled;
    uint32_t step, step_start, step_end, thread_from_thread, thread_from_loop, thread_start, thread_end, accepted;
} Places;

/* What is looked up in Python once, when the module is loaded. */
typedef struct {
    PyObject *current;         /* the context variable that holds the request */
    PyObject *number_of;       /* a request's number from a header */
    PyObject *cancelled_error; /* asyncio.CancelledError */
    PyObject *running_loop;    /* asyncio._get_running_loop */
    PyObject *asyncio_run;
    PyObject *awaited;         /* a coroutine around any awaitable */
    PyObject *wrap_body;       /* a body that takes no `close` of ours, with one */
    PyObject *accepted_ns;     /* client port to the time at which its connection was accepted */
    PyObject *header_wsgi;
    PyObject *str_close, *str_throw, *str_type, *str_status, *str_response_start, *str_remote_port;
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
    uint64_t since_ns;
    uint64_t since_cpu_ns;
    unsigned long thread_id;
    long tid;
    unsigned char crossing;
    char sampled;
    PyObject *outer; /* a Stay, or NULL for None */
} Stay;

extern PyTypeObject StayType;

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *write;   /* a Ring, or any callable like one */
    PyObject *stays;   /* dict: thread ident to the innermost Stay there */
    PyObject *free;    /* list of Stays that are to be lent again */
    PyObject *add;     /* makes a Stay for a new lane */
    PyObject *of_loop; /* the Stay of the event loop that runs on the calling thread */
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

/* NULL with an error set where no lane could be made. The result is a new reference; `leave` takes it. */
Stay *enter(Recorder *recorder, uint32_t request, uint64_t since_ns, uint64_t since_cpu_ns, unsigned char crossing);
void leave(Recorder *recorder, Stay *stay);

extern PyTypeObject StepsType;
PyObject *steps_new(Recorder *recorder, PyObject *coroutine, uint32_t request, Stay *lane);
/* The coroutine of a whole ASGI request: calls the application in its first step, records the end in its last. */
PyObject *steps_serving(
    Recorder *recorder, PyObject *application, PyObject *scope, PyObject *receive, PyObject *send, uint32_t request,
    Stay *lane);

extern PyTypeObject SendSeenType;
PyObject *send_seen_new(Recorder *recorder, PyObject *send, uint32_t request, uint32_t lane);

extern PyTypeObject AcceptType;
/* `take_lines`, where this interpreter's frames can be read in place. 0, or -1 with an error set. */
int add_lines(PyObject *module);
extern PyTypeObject SubmitType, CallType;
extern PyTypeObject ProbedWsgiType, ServingType;

/* The request of the running context; 0 outside any, -1 with an error set. */
int64_t current_request(void);
/* 0, or -1 with an error set. */
int set_current_request(PyObject *request);

#endif
