/* Steps: a coroutine that belongs to a request; behaves as the one it wraps, and records when it runs.
   See hooks/coroutines.py. */

#include "native.h"

typedef struct Steps {
    PyObject_HEAD
    PyObject *weak;
    PyObject *coroutine;
    PyObject *unbegun; /* called with the error where it ends before its first step, or NULL */
    Recorder *recorder;
    LaneSlot *slot; /* NULL until the first step tells which loop runs it */
    struct Steps *before, *after; /* among those that are suspended */
    uint64_t since_ns; /* the end of its latest step; 0 where it is not among them */
    uint32_t request;
} Steps;

/* ---- those that are suspended */

static void note_suspension(Steps *steps, uint64_t end_ns) {
    Recorder *recorder = steps->recorder;
    if (!steps->since_ns) {
        steps->before = recorder->suspended_last;
        steps->after = NULL;
        *(steps->before ? &steps->before->after : &recorder->suspended_first) = steps;
        recorder->suspended_last = steps;
    }
    steps->since_ns = end_ns;
}

static void note_end(Steps *steps) {
    if (!steps->since_ns) return;
    *(steps->before ? &steps->before->after : &steps->recorder->suspended_first) = steps->after;
    *(steps->after ? &steps->after->before : &steps->recorder->suspended_last) = steps->before;
    steps->since_ns = 0;
}

/* Before its first step: nobody is to be told any more. */
static PyObject *taken_unbegun(Steps *steps) {
    PyObject *unbegun = steps->unbegun;
    steps->unbegun = NULL;
    return unbegun;
}

/* It ends and has never begun; an error that is set stays so. */
static void tell_unbegun(Steps *steps, PyObject *error) {
    PyObject *unbegun = taken_unbegun(steps);
    if (!unbegun) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *made = PyExceptionInstance_Check(error) ? Py_NewRef(error) : PyObject_CallNoArgs(error);
    PyObject *told = made ? PyObject_CallOneArg(unbegun, made) : NULL;
    if (!told) PyErr_WriteUnraisable(unbegun);
    Py_XDECREF(told);
    Py_XDECREF(made);
    Py_DECREF(unbegun);
    PyErr_Restore(type, value, traceback);
}

/* ---- one step */

/* Its beginning; 0 for a step that is part of one that is open already (an eagerly started task). */
static uint64_t begin_step(Steps *steps) {
    uint32_t held_by = steps->slot->request;
    if (held_by && held_by != OWN_WORK) return 0;
    uint64_t start_ns = monotonic_ns();
    if (held_by) pause_own_work(steps->recorder, steps->slot, start_ns);
    steps->slot->since_ns = start_ns;
    steps->slot->request = steps->request;
    return start_ns;
}

static void end_step(Steps *steps, uint64_t start_ns, int suspended) {
    uint64_t end_ns = monotonic_ns();
    if (suspended)
        note_suspension(steps, end_ns);
    else
        note_end(steps);
    if (!start_ns) return;
    LaneSlot *slot = steps->slot;
    slot->request = 0;
    tell_step(steps->recorder, slot, steps->request, start_ns, end_ns, 0);
    if (slot->own_work) resume_own_work(slot, end_ns);
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
    if (!steps->coroutine) { /* the collector has taken it */
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine");
        return PYGEN_ERROR;
    }
    if (find_lane(steps) < 0) return PYGEN_ERROR;
    Py_XDECREF(taken_unbegun(steps));
    uint64_t start_ns = begin_step(steps);
    PySendResult how = PyIter_Send(steps->coroutine, value, result);
    end_step(steps, start_ns, how == PYGEN_NEXT);
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

/* What `throw` of a coroutine that is gone does. */
static PyObject *raise_thrown(PyObject *const *args, Py_ssize_t count) {
    if (PyExceptionInstance_Check(args[0]))
        PyErr_SetObject((PyObject *)Py_TYPE(args[0]), args[0]);
    else
        PyErr_SetObject(args[0], count > 1 ? args[1] : Py_None);
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
    if (!PyExceptionInstance_Check(args[0]) && !PyExceptionClass_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "exceptions must be classes or instances deriving from BaseException");
        return NULL;
    }
    if (!steps->coroutine) return raise_thrown(args, count);
    if (find_lane(steps) < 0) return NULL;
    tell_unbegun(steps, args[0]);
    uint64_t start_ns = begin_step(steps);
    PyObject *wanted = throw_into(steps, args, count);
    end_step(steps, start_ns, wanted != NULL);
    return wanted;
}

static PyObject *steps_close(PyObject *self, PyObject *Py_UNUSED(none)) {
    Steps *steps = (Steps *)self;
    PyObject *closed = steps->coroutine ? PyObject_CallMethodNoArgs(steps->coroutine, known.str_close) : Py_NewRef(Py_None);
    tell_unbegun(steps, PyExc_GeneratorExit);
    if (closed) note_end(steps);
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
    PyObject *shown = Py_XNewRef(steps->coroutine);
    PyObject *words = PyObject_Repr(shown); /* of NULL too */
    Py_XDECREF(shown);
    return words;
}

static int steps_traverse(PyObject *self, visitproc visit, void *arg) {
    Steps *steps = (Steps *)self;
    Py_VISIT(steps->coroutine);
    Py_VISIT(steps->recorder);
    Py_VISIT(steps->slot);
    Py_VISIT(steps->unbegun);
    return 0;
}

static int steps_clear(PyObject *self) {
    Steps *steps = (Steps *)self;
    note_end(steps);
    Py_CLEAR(steps->coroutine);
    Py_CLEAR(steps->unbegun);
    return 0;
}

/* One that is forgotten before its first step ends there; the coroutine itself warns of that. */
static void steps_finalize(PyObject *self) { tell_unbegun((Steps *)self, PyExc_GeneratorExit); }

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
    OUR_TYPE(Steps, "A coroutine whose steps are recorded; made by `steps`."),
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

/* ---- how they are made, as a function of the module */

static PyObject *make_steps(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count) {
    PyObject *slot = count > 3 ? args[3] : Py_None, *unbegun = count > 4 ? args[4] : Py_None;
    if (count < 3 || count > 5 || !Py_IS_TYPE(args[0], &RecorderType) ||
        (slot != Py_None && !Py_IS_TYPE(slot, &LaneSlotType))) {
        PyErr_SetString(PyExc_TypeError, "steps(recorder, coroutine, request, slot=None, unbegun=None)");
        return NULL;
    }
    uint64_t request = PyLong_AsUnsignedLongLong(args[2]);
    if (request == (uint64_t)-1 && PyErr_Occurred()) return NULL;
    Steps *steps = PyObject_GC_New(Steps, &StepsType);
    if (!steps) return NULL;
    steps->weak = NULL;
    steps->coroutine = Py_NewRef(args[1]);
    steps->unbegun = unbegun == Py_None ? NULL : Py_NewRef(unbegun);
    steps->recorder = (Recorder *)Py_NewRef(args[0]);
    steps->slot = slot == Py_None ? NULL : (LaneSlot *)Py_NewRef(slot);
    steps->request = (uint32_t)request;
    steps->before = steps->after = NULL;
    steps->since_ns = 0;
    PyObject_GC_Track(steps);
    return (PyObject *)steps;
}

/* ---- who is suspended, and since when */

static PyObject *told_of(Steps *steps, PyObject *requests) {
    PyObject *request = PyLong_FromUnsignedLong(steps->request), *told = NULL;
    int wanted = !request ? -1 : requests ? PyDict_Contains(requests, request) : 1;
    unsigned long long since_ns = steps->since_ns;
    if (wanted > 0 && requests) told = Py_BuildValue("(OKO)", request, since_ns, steps->coroutine);
    if (wanted > 0 && !requests) told = Py_BuildValue("(OKI)", request, since_ns, steps->slot->lane);
    Py_XDECREF(request);
    return wanted ? told : Py_NewRef(Py_None);
}

/* The collector rests meanwhile: it runs finalizers, which could end one that we stand at. */
static PyObject *each_suspended(Recorder *recorder, LaneSlot *slot, PyObject *requests) {
    int was_on = PyGC_Disable();
    PyObject *found = PyList_New(0);
    for (Steps *steps = recorder->suspended_first; found && steps; steps = steps->after) {
        if (slot && steps->slot != slot) continue;
        PyObject *told = told_of(steps, requests);
        if (!told || (told != Py_None && PyList_Append(found, told) < 0)) Py_CLEAR(found);
        Py_XDECREF(told);
    }
    if (was_on) PyGC_Enable();
    return found;
}

static PyObject *suspended(PyObject *Py_UNUSED(module), PyObject *recorder) {
    if (!Py_IS_TYPE(recorder, &RecorderType)) {
        PyErr_SetString(PyExc_TypeError, "suspended(recorder)");
        return NULL;
    }
    return each_suspended((Recorder *)recorder, NULL, NULL);
}

static PyObject *suspended_on(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count) {
    if (count != 3 || !Py_IS_TYPE(args[0], &RecorderType) || !Py_IS_TYPE(args[1], &LaneSlotType) ||
        !PyDict_CheckExact(args[2])) {
        PyErr_SetString(PyExc_TypeError, "suspended_on(recorder, slot, requests)");
        return NULL;
    }
    return each_suspended((Recorder *)args[0], (LaneSlot *)args[1], args[2]);
}

static PyMethodDef functions[] = {
    {"suspended", suspended, METH_O,
     "suspended(recorder): (request, since when, lane) of each coroutine that is suspended; numbers alone."},
    {"suspended_on", (PyCFunction)(void (*)(void))suspended_on, METH_FASTCALL,
     "suspended_on(recorder, slot, requests): (request, since when, coroutine) of those on one loop, for its thread."},
    {"steps", (PyCFunction)(void (*)(void))make_steps, METH_FASTCALL,
     "steps(recorder, coroutine, request, slot=None, unbegun=None): `coroutine`, its steps recorded."},
    {NULL},
};

int add_steps(PyObject *module) { return PyModule_AddFunctions(module, functions); }
