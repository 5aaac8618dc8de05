/* Submit: an executor's `submit`; the calls that a request hands to it are recorded in their thread.
   See threads.py. */

#include "native.h"

#define LONGEST_CALL_NS 0xffffffffu /* records.LONGEST_CALL_NS: what one record can hold */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Recorder *recorder;
    PyObject *call;
    uint32_t request;
    char from_loop;
} Call;

int64_t current_request(void) {
    PyObject *request;
    if (PyContextVar_Get(known.current, NULL, &request) < 0) return -1;
    if (!request) return 0;
    int64_t number = PyLong_AsLongLong(request);
    Py_DECREF(request);
    return number == -1 && PyErr_Occurred() ? -1 : number;
}

int set_current_request(PyObject *request) {
    PyObject *token = PyContextVar_Set(known.current, request);
    Py_XDECREF(token);
    return token ? 0 : -1;
}

/* A call that the sampler has met or may meet: begin and end apart; its own word of the beginning may come late. */
static void end_long_call(Call *call, LaneSlot *slot, uint64_t end_ns, uint64_t cpu_ns) {
    if (slot->since_cpu_ns)
        record(call->recorder, slot->since_ns, slot->since_cpu_ns, call->request,
               slot->lane | known.places.thread_start | (uint32_t)slot->crossing << 24);
    record(call->recorder, end_ns, cpu_ns, call->request, slot->lane | known.places.thread_end);
}

static PyObject *call_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    Call *call = (Call *)self;
    uint64_t start_ns = monotonic_ns(), start_cpu_ns = thread_time_ns();
    LaneSlot *slot = enter(call->recorder, call->request, start_ns, start_cpu_ns, (unsigned char)call->from_loop);
    if (!slot) return NULL;
    PyObject *result = PyObject_Vectorcall(call->call, args, nargsf, names);
    uint64_t took_ns = monotonic_ns() - start_ns, cpu_ns = thread_time_ns();
    if (slot->sampled || took_ns > LONGEST_CALL_NS) {
        end_long_call(call, slot, start_ns + took_ns, cpu_ns);
    } else {
        uint64_t used_ns = cpu_ns - start_cpu_ns;
        uint32_t kind = call->from_loop ? known.places.thread_from_loop : known.places.thread_from_thread;
        record(call->recorder, start_ns, took_ns << 32 | (used_ns < took_ns ? used_ns : took_ns), call->request,
               slot->lane | kind);
    }
    leave(call->recorder, slot);
    return result;
}

HOLDS_RECORDER_AND(Call, call, call)

PyTypeObject CallType = {
    OUR_TYPE(Call, "A call that is recorded in the thread that makes it."),
    .tp_flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    CALLED_BY_VECTOR(Call),
    .tp_traverse = call_traverse,
    .tp_dealloc = call_dealloc,
};

/* ---- submit */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Recorder *recorder;
    PyObject *submit;
} Submit;

/* A new reference to `call`, recorded if a request hands it over. */
static PyObject *followed(Submit *submit, PyObject *call) {
    int64_t request = current_request();
    if (request < 0) return NULL;
    if (!request || call == known.asyncio_run) return Py_NewRef(call); /* a one-off loop is followed by its steps */
    PyObject *loop = PyObject_CallNoArgs(known.running_loop);
    if (!loop) return NULL;
    Py_DECREF(loop);
    Call *made = PyObject_GC_New(Call, &CallType);
    if (!made) return NULL;
    made->vectorcall = call_call;
    made->recorder = (Recorder *)Py_NewRef(submit->recorder);
    made->call = Py_NewRef(call);
    made->request = (uint32_t)request;
    made->from_loop = loop != Py_None;
    PyObject_GC_Track(made);
    return (PyObject *)made;
}

#define FEW 8

static PyObject *submit_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    Submit *submit = (Submit *)self;
    Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
    Py_ssize_t count = positional + (names ? PyTuple_GET_SIZE(names) : 0);
    if (positional < 2) return PyObject_Vectorcall(submit->submit, args, nargsf, names); /* it says what is missing */
    PyObject *call = followed(submit, args[1]);
    if (!call) return NULL;
    PyObject *few[FEW], **given = count <= FEW ? few : PyMem_New(PyObject *, count);
    PyObject *result = NULL;
    if (given) {
        for (Py_ssize_t at = 0; at < count; at++) given[at] = args[at];
        given[1] = call;
        result = PyObject_Vectorcall(submit->submit, given, (size_t)positional, names);
    } else {
        PyErr_NoMemory();
    }
    if (given != few) PyMem_Free(given);
    Py_DECREF(call);
    return result;
}

static PyObject *submit_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"submit", "recorder", NULL};
    PyObject *submit, *recorder;
    if (!PyArg_ParseTupleAndKeywords(args, options, "OO!", names, &submit, &RecorderType, &recorder)) return NULL;
    Submit *made = (Submit *)type->tp_alloc(type, 0);
    if (!made) return NULL;
    made->vectorcall = submit_call;
    made->submit = Py_NewRef(submit);
    made->recorder = (Recorder *)Py_NewRef(recorder);
    return (PyObject *)made;
}

static PyObject *submit_get(PyObject *self, PyObject *executor, PyObject *Py_UNUSED(type)) {
    return executor && executor != Py_None ? PyMethod_New(self, executor) : Py_NewRef(self);
}

HOLDS_RECORDER_AND(Submit, submit, submit)

PyTypeObject SubmitType = {
    OUR_TYPE(Submit, "Submit(submit, recorder): an executor's method that records what requests hand over."),
    .tp_flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    CALLED_BY_VECTOR(Submit),
    .tp_new = submit_new,
    .tp_descr_get = submit_get,
    .tp_traverse = submit_traverse,
    .tp_dealloc = submit_dealloc,
};
