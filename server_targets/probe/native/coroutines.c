/* Steps: a coroutine that belongs to a request; behaves as the one it wraps, and records when it runs.
   See steps.py. That of a whole ASGI request also calls the application, in its first step, and records its end. */

#include "native.h"

typedef struct {
    PyObject_HEAD
    PyObject *weak;
    PyObject *coroutine; /* NULL before the first step of a whole request */
    Recorder *recorder;
    LaneSlot *slot; /* NULL until the first step tells which loop runs it */
    uint32_t request;
    /* Of a whole request only: */
    PyObject *application, *scope, *receive, *send;
    PyObject *token;
    char opened, ended;
} Steps;

static Steps *steps_alloc(Recorder *recorder, uint32_t request, LaneSlot *slot) {
    Steps *steps = PyObject_GC_New(Steps, &StepsType);
    if (!steps) return NULL;
    steps->weak = steps->coroutine = steps->application = steps->scope = steps->receive = steps->send = NULL;
    steps->token = NULL;
    steps->opened = steps->ended = 0;
    steps->request = request;
    steps->recorder = (Recorder *)Py_NewRef(recorder);
    steps->slot = (LaneSlot *)Py_XNewRef(slot);
    return steps;
}

static PyObject *steps_new(Recorder *recorder, PyObject *coroutine, uint32_t request, LaneSlot *slot) {
    Steps *steps = steps_alloc(recorder, request, slot);
    if (!steps) return NULL;
    steps->coroutine = Py_NewRef(coroutine);
    PyObject_GC_Track(steps);
    return (PyObject *)steps;
}

static PyObject *steps_serving(
    Recorder *recorder, PyObject *application, PyObject *scope, PyObject *receive, PyObject *send, uint32_t request,
    LaneSlot *slot) {
    Steps *steps = steps_alloc(recorder, request, slot);
    if (!steps) return NULL;
    steps->application = Py_NewRef(application);
    steps->scope = Py_NewRef(scope);
    steps->receive = Py_NewRef(receive);
    steps->send = Py_NewRef(send);
    PyObject_GC_Track(steps);
    return (PyObject *)steps;
}

/* ---- the whole of a request */

/* In the first step: the request is the context's from here on, and the application is called. */
static int open_application(Steps *steps) {
    if (steps->opened) { /* from within the call that opens it */
        PyErr_SetString(PyExc_ValueError, "coroutine already executing");
        return -1;
    }
    steps->opened = 1;
    PyObject *request = PyLong_FromUnsignedLong(steps->request);
    if (!request) return -1;
    steps->token = PyContextVar_Set(known.current, request);
    Py_DECREF(request);
    PyObject *send = steps->token ? send_seen_new(steps->recorder, steps->send, steps->request, steps->slot->lane) : NULL;
    if (!send) return -1;
    PyObject *given[] = {steps->scope, steps->receive, send};
    PyObject *made = PyObject_Vectorcall(steps->application, given, 3, NULL);
    Py_DECREF(send);
    Py_CLEAR(steps->scope);
    Py_CLEAR(steps->receive);
    Py_CLEAR(steps->send);
    if (made && !PyCoro_CheckExact(made)) Py_SETREF(made, PyObject_CallOneArg(known.awaited, made));
    steps->coroutine = made;
    return made ? 0 : -1;
}

/* The request has left the application; an error that it raised is set, and slots so. */
static void end_request(Steps *steps, uint32_t place) {
    if (steps->ended) return;
    steps->ended = 1;
    uint32_t lane = steps->slot ? steps->slot->lane : 0;
    record(steps->recorder, monotonic_ns(), 0, steps->request, lane | place);
    if (!steps->token) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    /* In another context (the loop closes what it leaves behind) there is nothing to put back. */
    if (PyContextVar_Reset(known.current, steps->token) < 0) PyErr_Clear();
    Py_CLEAR(steps->token);
    PyErr_Restore(type, value, traceback);
}

static uint32_t ending_of_error(void) {
    if (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_StopIteration)) return known.places.returned;
    return PyErr_ExceptionMatches(known.cancelled_error) ? known.places.cancelled : known.places.raised;
}

/* ---- one step */

/* Its beginning; 0 for a step that is part of one that is open already (an eagerly started task). */
static uint64_t begin_step(Steps *steps) {
    if (steps->slot->request) return 0;
    uint64_t start_ns = monotonic_ns();
    steps->slot->since_ns = start_ns;
    steps->slot->request = steps->request;
    return start_ns;
}

static void end_step(Steps *steps, uint64_t start_ns) {
    uint64_t end_ns = monotonic_ns();
    LaneSlot *slot = steps->slot;
    slot->request = 0;
    if (slot->sampled) { /* with the CPU clock, and as a whole in case the sampler's own word comes late */
        slot->sampled = 0;
        record(steps->recorder, end_ns, thread_time_ns(), steps->request, slot->lane | known.places.step_end);
    }
    record(steps->recorder, start_ns, end_ns, steps->request, slot->lane | known.places.step);
}

static int find_lane(Steps *steps) {
    if (steps->slot) return 0;
    PyObject *slot = PyObject_CallNoArgs(steps->recorder->of_loop);
    if (slot && !Py_IS_TYPE(slot, &LaneSlotType)) {
        PyErr_SetString(PyExc_TypeError, "the loop's slot is not of this module's LaneSlot");
        Py_CLEAR(slot);
    }
    steps->slot = (LaneSlot *)slot;
    return slot ? 0 : -1;
}

static PySendResult resume(PyObject *self, PyObject *value, PyObject **result) {
    Steps *steps = (Steps *)self;
    *result = NULL;
    if (find_lane(steps) < 0) return PYGEN_ERROR;
    uint64_t start_ns = begin_step(steps);
    PySendResult how = PYGEN_ERROR;
    if (steps->coroutine || (steps->application && !steps->ended && open_application(steps) == 0))
        how = PyIter_Send(steps->coroutine, value, result);
    else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine");
    if (steps->application && how != PYGEN_NEXT)
        end_request(steps, how == PYGEN_RETURN ? known.places.returned : ending_of_error());
    if (start_ns) end_step(steps, start_ns);
    return how;
}

static void raise_stop_iteration(PyObject *value) {
    /* As an object: a value that is a tuple or an error would else be taken for the arguments, or for the error. */
    PyObject *stop = PyObject_CallOneArg(PyExc_StopIteration, value);
    if (stop) {
        PyErr_SetObject(PyExc_StopIteration, stop);
        Py_DECREF(stop);
    }
}

static PyObject *steps_send(PyObject *self, PyObject *value) {
    PyObject *result;
    PySendResult how = resume(self, value, &result);
    if (how != PYGEN_RETURN) return result;
    raise_stop_iteration(result);
    Py_DECREF(result);
    return NULL;
}

static PyObject *steps_next(PyObject *self) { return steps_send(self, Py_None); }

/* What `throw` of a coroutine that has not begun does. */
static PyObject *raise_thrown(PyObject *const *args, Py_ssize_t count) {
    if (PyExceptionInstance_Check(args[0]))
        PyErr_SetObject((PyObject *)Py_TYPE(args[0]), args[0]);
    else if (PyExceptionClass_Check(args[0]))
        PyErr_SetObject(args[0], count > 1 ? args[1] : Py_None);
    else
        PyErr_SetString(PyExc_TypeError, "exceptions must be classes or instances deriving from BaseException");
    return NULL;
}

static PyObject *throw_into(Steps *steps, PyObject *const *args, Py_ssize_t count) {
    PyObject *given[4] = {steps->coroutine};
    for (Py_ssize_t at = 0; at < count; at++) given[at + 1] = args[at];
    return PyObject_VectorcallMethod(known.str_throw, given, (size_t)count + 1, NULL);
}

static PyObject *steps_throw(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    Steps *steps = (Steps *)self;
    if (count < 1 || count > 3) {
        PyErr_SetString(PyExc_TypeError, "throw takes one to three arguments");
        return NULL;
    }
    if (find_lane(steps) < 0) return NULL;
    uint64_t start_ns = begin_step(steps);
    PyObject *wanted = steps->coroutine ? throw_into(steps, args, count) : raise_thrown(args, count);
    if (steps->application && !wanted) end_request(steps, ending_of_error());
    if (start_ns) end_step(steps, start_ns);
    return wanted;
}

static PyObject *steps_close(PyObject *self, PyObject *Py_UNUSED(none)) {
    Steps *steps = (Steps *)self;
    PyObject *closed = steps->coroutine ? PyObject_CallMethodNoArgs(steps->coroutine, known.str_close) : Py_NewRef(Py_None);
    if (steps->application) end_request(steps, known.places.raised);
    return closed;
}

/* ---- what makes it look like a coroutine */

static PyObject *steps_await(PyObject *self) { return Py_NewRef(self); }

static PyObject *steps_getattro(PyObject *self, PyObject *name) {
    PyObject *own = PyObject_GenericGetAttr(self, name);
    if (own || !((Steps *)self)->coroutine || !PyErr_ExceptionMatches(PyExc_AttributeError)) return own;
    PyErr_Clear();
    PyObject *coroutine = Py_NewRef(((Steps *)self)->coroutine); /* looking an attribute up may run any code */
    PyObject *found = PyObject_GetAttr(coroutine, name);
    Py_DECREF(coroutine);
    return found;
}

static PyObject *steps_repr(PyObject *self) {
    Steps *steps = (Steps *)self;
    PyObject *shown = Py_XNewRef(steps->coroutine ? steps->coroutine : steps->application);
    PyObject *words = PyObject_Repr(shown); /* of NULL too */
    Py_XDECREF(shown);
    return words;
}

static int steps_traverse(PyObject *self, visitproc visit, void *arg) {
    Steps *steps = (Steps *)self;
    Py_VISIT(steps->coroutine);
    Py_VISIT(steps->recorder);
    Py_VISIT(steps->slot);
    Py_VISIT(steps->application);
    Py_VISIT(steps->scope);
    Py_VISIT(steps->receive);
    Py_VISIT(steps->send);
    Py_VISIT(steps->token);
    return 0;
}

static int steps_clear(PyObject *self) {
    Steps *steps = (Steps *)self;
    Py_CLEAR(steps->coroutine);
    Py_CLEAR(steps->application);
    Py_CLEAR(steps->scope);
    Py_CLEAR(steps->receive);
    Py_CLEAR(steps->send);
    Py_CLEAR(steps->token);
    return 0;
}

/* A request that is forgotten half way has ended; the coroutine's own end says so first. */
static void steps_finalize(PyObject *self) {
    Steps *steps = (Steps *)self;
    if (!steps->application || steps->ended) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    Py_CLEAR(steps->coroutine);
    end_request(steps, known.places.raised);
    PyErr_Restore(type, value, traceback);
}

static void steps_dealloc(PyObject *self) {
    Steps *steps = (Steps *)self;
    PyObject_GC_UnTrack(self);
    if (steps->weak) PyObject_ClearWeakRefs(self);
    PyObject_GC_Track(self); /* as it was, for what the finalizer runs */
    if (PyObject_CallFinalizerFromDealloc(self) < 0) return; /* somebody took it up again */
    PyObject_GC_UnTrack(self);
    steps_clear(self);
    Py_CLEAR(steps->recorder);
    Py_CLEAR(steps->slot);
    PyObject_GC_Del(self);
}

static PyMethodDef steps_methods[] = {
    {"send", steps_send, METH_O, "Go on with a value."},
    {"throw", (PyCFunction)(void (*)(void))steps_throw, METH_FASTCALL, "Go on with an error."},
    {"close", steps_close, METH_NOARGS, "Close the coroutine."},
    {NULL},
};

static PyAsyncMethods steps_async = {.am_await = steps_await, .am_send = resume};

PyTypeObject StepsType = {
    OUR_TYPE(Steps, "A coroutine whose steps are recorded; made by `steps` and `serve`."),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_weaklistoffset = offsetof(Steps, weak),
    .tp_as_async = &steps_async,
    .tp_iter = steps_await,
    .tp_iternext = steps_next,
    .tp_getattro = steps_getattro,
    .tp_repr = steps_repr,
    .tp_traverse = steps_traverse,
    .tp_clear = steps_clear,
    .tp_finalize = steps_finalize,
    .tp_dealloc = steps_dealloc,
    .tp_methods = steps_methods,
};

/* ---- how they are made, as functions of the module */

static PyObject *make_steps(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count) {
    PyObject *slot = count == 4 ? args[3] : Py_None;
    if (count < 3 || count > 4 || !Py_IS_TYPE(args[0], &RecorderType) ||
        (slot != Py_None && !Py_IS_TYPE(slot, &LaneSlotType))) {
        PyErr_SetString(PyExc_TypeError, "steps(recorder, coroutine, request, slot=None)");
        return NULL;
    }
    uint64_t request = PyLong_AsUnsignedLongLong(args[2]);
    if (request == (uint64_t)-1 && PyErr_Occurred()) return NULL;
    return steps_new((Recorder *)args[0], args[1], (uint32_t)request, slot == Py_None ? NULL : (LaneSlot *)slot);
}

static PyObject *serve(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count) {
    if (count != 7 || !Py_IS_TYPE(args[0], &RecorderType) || !Py_IS_TYPE(args[6], &LaneSlotType)) {
        PyErr_SetString(PyExc_TypeError, "serve(recorder, application, scope, receive, send, request, slot)");
        return NULL;
    }
    uint64_t request = PyLong_AsUnsignedLongLong(args[5]);
    if (request == (uint64_t)-1 && PyErr_Occurred()) return NULL;
    return steps_serving(
        (Recorder *)args[0], args[1], args[2], args[3], args[4], (uint32_t)request, (LaneSlot *)args[6]);
}

static PyMethodDef functions[] = {
    {"steps", (PyCFunction)(void (*)(void))make_steps, METH_FASTCALL,
     "steps(recorder, coroutine, request, slot=None): `coroutine`, its steps recorded."},
    {"serve", (PyCFunction)(void (*)(void))serve, METH_FASTCALL,
     "serve(recorder, application, scope, receive, send, request, slot): the coroutine of a whole ASGI request."},
    {NULL},
};

int add_steps(PyObject *module) { return PyModule_AddFunctions(module, functions); }
