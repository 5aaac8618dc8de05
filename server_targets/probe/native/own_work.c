/* What a loop runs that is no step of a request, recorded where it lasts. See own_work.py.

   Poll       a selector's `select`: outside it, and outside all steps, is the loop's own work
   Schedule   a loop's `call_soon` and its like, whose callbacks are wrapped
   Callback   such a callback */

#include "native.h"

#define LASTS_NS 1000000u /* own_work.LASTS_NS */

void tell_step(
    Recorder *recorder, LaneSlot *slot, uint32_t request, uint64_t start_ns, uint64_t end_ns, uint64_t least_ns) {
    if (slot->sampled) { /* with the CPU clock, and as a whole in case the sampler's own word comes late */
        slot->sampled = 0;
        slot->since_cpu_ns = thread_time_ns(); /* the next step that lasts began at no less */
        record(recorder, end_ns, slot->since_cpu_ns, request, slot->lane | known.places.step_end);
    } else if (end_ns - start_ns < least_ns) {
        return;
    }
    record(recorder, start_ns, end_ns, request, slot->lane | known.places.step);
}

void pause_own_work(Recorder *recorder, LaneSlot *slot, uint64_t end_ns) {
    slot->request = 0;
    if (slot->works_for) tell_step(recorder, slot, slot->works_for, slot->since_ns, end_ns, LASTS_NS);
}

/* ---- where a loop polls */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Recorder *recorder;
    PyObject *select;
    LaneSlot *slot;
} Poll;

static PyObject *poll_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    Poll *poll = (Poll *)self;
    LaneSlot *slot = poll->slot;
    slot->own_work = 0;
    if (slot->request == OWN_WORK) pause_own_work(poll->recorder, slot, monotonic_ns());
    PyObject *ready = PyObject_Vectorcall(poll->select, args, nargsf, names);
    slot->own_work = 1;
    resume_own_work(slot, monotonic_ns());
    return ready;
}

static PyObject *poll_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"", "", "", NULL};
    PyObject *select, *recorder, *slot;
    if (!PyArg_ParseTupleAndKeywords(
            args, options, "OO!O!", names, &select, &RecorderType, &recorder, &LaneSlotType, &slot))
        return NULL;
    Poll *made = (Poll *)type->tp_alloc(type, 0);
    if (!made) return NULL;
    made->vectorcall = poll_call;
    made->select = Py_NewRef(select);
    made->recorder = (Recorder *)Py_NewRef(recorder);
    made->slot = (LaneSlot *)Py_NewRef(slot);
    return (PyObject *)made;
}

static int poll_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(((Poll *)self)->recorder);
    Py_VISIT(((Poll *)self)->select);
    Py_VISIT(((Poll *)self)->slot);
    return 0;
}

static void poll_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((Poll *)self)->select);
    Py_XDECREF(((Poll *)self)->recorder);
    Py_XDECREF(((Poll *)self)->slot);
    PyObject_GC_Del(self);
}

/* Shows itself as what it stands for, whose attributes it has. */
static PyObject *getattro_of(PyObject *self, PyObject *wrapped, PyObject *name) {
    PyObject *own = PyObject_GenericGetAttr(self, name);
    if (own || !PyErr_ExceptionMatches(PyExc_AttributeError)) return own;
    PyErr_Clear();
    return PyObject_GetAttr(wrapped, name);
}

static PyObject *poll_getattro(PyObject *self, PyObject *name) {
    return getattro_of(self, ((Poll *)self)->select, name);
}

PyTypeObject PollType = {
    OUR_TYPE(Poll, "Poll(select, recorder, slot): a selector's `select`, outside which the loop of `slot` works."),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    CALLED_BY_VECTOR(Poll),
    .tp_new = poll_new,
    .tp_getattro = poll_getattro,
    .tp_traverse = poll_traverse,
    .tp_dealloc = poll_dealloc,
};

/* ---- a callback */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Recorder *recorder;
    PyObject *callback;
    LaneSlot *slot;
} Callback;

static PyObject *callback_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    Callback *made = (Callback *)self;
    LaneSlot *slot = made->slot;
    /* Within a step, or within another (a loop that is run from within itself). */
    if (slot->request) return PyObject_Vectorcall(made->callback, args, nargsf, names);
    slot->since_ns = monotonic_ns();
    slot->request = OWN_WORK;
    slot->own_work = 1;
    Py_INCREF(self); /* who lets go of it while it runs */
    PyObject *result = PyObject_Vectorcall(made->callback, args, nargsf, names);
    slot->own_work = 0;
    if (slot->request) pause_own_work(made->recorder, slot, monotonic_ns());
    Py_DECREF(self);
    return result;
}

static PyObject *callback_getattro(PyObject *self, PyObject *name) {
    return getattro_of(self, ((Callback *)self)->callback, name);
}

static PyObject *callback_repr(PyObject *self) { return PyObject_Repr(((Callback *)self)->callback); }

static int callback_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(((Callback *)self)->recorder);
    Py_VISIT(((Callback *)self)->callback);
    Py_VISIT(((Callback *)self)->slot);
    return 0;
}

static void callback_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((Callback *)self)->callback);
    Py_XDECREF(((Callback *)self)->recorder);
    Py_XDECREF(((Callback *)self)->slot);
    PyObject_GC_Del(self);
}

static PyMemberDef callback_members[] = {
    {"__wrapped__", T_OBJECT_EX, offsetof(Callback, callback), READONLY},
    {NULL},
};

PyTypeObject CallbackType = {
    OUR_TYPE(Callback, "A callback of a loop, recorded if it lasts."),
    .tp_flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    CALLED_BY_VECTOR(Callback),
    .tp_getattro = callback_getattro,
    .tp_repr = callback_repr,
    .tp_traverse = callback_traverse,
    .tp_dealloc = callback_dealloc,
    .tp_members = callback_members,
};

/* ---- where it is scheduled */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Recorder *recorder;
    PyObject *schedule;
    LaneSlot *slot;
    int place;
} Schedule;

/* asyncio's own code gives a string that is not interned, the same at every call. */
static int says_context(PyObject *name) {
    static PyObject *seen = NULL;
    if (name == known.str_context || name == seen) return 1;
    if (PyUnicode_Compare(name, known.str_context)) return 0;
    Py_XSETREF(seen, Py_NewRef(name));
    return 1;
}

/* The `context` that is given by name; borrowed, NULL for none. */
static PyObject *context_in(PyObject *const *named, PyObject *names) {
    for (Py_ssize_t at = 0; names && at < PyTuple_GET_SIZE(names); at++)
        if (says_context(PyTuple_GET_ITEM(names, at))) return PyContext_CheckExact(named[at]) ? named[at] : NULL;
    return NULL;
}

/* Whether a task goes on by it: its coroutine's steps are recorded by themselves. The one type of C's tasks for their
   first step and their wake-ups by a bare `yield` is known by its name alone. */
static int is_step_of_task(PyObject *callback) {
    static PyTypeObject *stepping = NULL;
    PyTypeObject *type = Py_TYPE(callback);
    if (type == stepping) return 1;
    PyObject *owner = NULL;
    if (PyCFunction_Check(callback)) {
        owner = PyCFunction_GET_SELF(callback);
    } else if (PyMethod_Check(callback)) {
        owner = PyMethod_GET_SELF(callback);
    } else {
        const char *name = strrchr(type->tp_name, '.');
        if (strcmp(name ? name + 1 : type->tp_name, "TaskStepMethWrapper")) return 0;
        stepping = (PyTypeObject *)Py_NewRef(type);
        return 1;
    }
    return owner && PyType_Check(known.task) && PyObject_TypeCheck(owner, (PyTypeObject *)known.task);
}

/* The request of `context`, or of the running one where that is NULL; 0 outside any, -1 with an error set. */
static int64_t request_in(PyObject *context) {
    PyObject *request, *given[] = {context, known.current, known.zero};
    if (context) {
        request = PyObject_VectorcallMethod(known.str_get, given, 3, NULL);
        if (!request) return -1;
    } else {
        if (PyContextVar_Get(known.current, NULL, &request) < 0) return -1;
        if (!request) return 0;
    }
    int64_t number = PyLong_AsLongLong(request);
    Py_DECREF(request);
    return number == -1 && PyErr_Occurred() ? -1 : number;
}

/* A new reference to what is to be scheduled in place of `callback`. */
static PyObject *followed(Schedule *schedule, PyObject *callback, PyObject *context) {
    if (Py_IS_TYPE(callback, &CallbackType)) return Py_NewRef(callback);
    int64_t request = is_step_of_task(callback) ? request_in(context) : 0;
    if (request < 0) return NULL;
    if (request) return Py_NewRef(callback);
    Callback *made = PyObject_GC_New(Callback, &CallbackType);
    if (!made) return NULL;
    made->vectorcall = callback_call;
    made->recorder = (Recorder *)Py_NewRef(schedule->recorder);
    made->callback = Py_NewRef(callback);
    made->slot = (LaneSlot *)Py_NewRef(schedule->slot);
    PyObject_GC_Track(made);
    return (PyObject *)made;
}

#define FEW 8

static PyObject *schedule_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    Schedule *schedule = (Schedule *)self;
    Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
    Py_ssize_t count = positional + (names ? PyTuple_GET_SIZE(names) : 0);
    if (positional <= schedule->place) return PyObject_Vectorcall(schedule->schedule, args, nargsf, names);
    PyObject *callback = followed(schedule, args[schedule->place], context_in(args + positional, names));
    if (!callback) return NULL;
    PyObject *result = NULL;
    if (callback == args[schedule->place]) {
        result = PyObject_Vectorcall(schedule->schedule, args, nargsf, names);
        Py_DECREF(callback);
        return result;
    }
    PyObject *few[FEW], **given = count <= FEW ? few : PyMem_New(PyObject *, count);
    if (given) {
        for (Py_ssize_t at = 0; at < count; at++) given[at] = args[at];
        given[schedule->place] = callback;
        result = PyObject_Vectorcall(schedule->schedule, given, (size_t)positional, names);
    } else {
        PyErr_NoMemory();
    }
    if (given != few) PyMem_Free(given);
    Py_DECREF(callback);
    return result;
}

static PyObject *schedule_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"", "", "", "", NULL};
    PyObject *schedule, *recorder, *slot;
    int place;
    if (!PyArg_ParseTupleAndKeywords(
            args, options, "OO!O!i", names, &schedule, &RecorderType, &recorder, &LaneSlotType, &slot, &place))
        return NULL;
    Schedule *made = (Schedule *)type->tp_alloc(type, 0);
    if (!made) return NULL;
    made->vectorcall = schedule_call;
    made->schedule = Py_NewRef(schedule);
    made->recorder = (Recorder *)Py_NewRef(recorder);
    made->slot = (LaneSlot *)Py_NewRef(slot);
    made->place = place;
    return (PyObject *)made;
}

static PyObject *schedule_getattro(PyObject *self, PyObject *name) {
    return getattro_of(self, ((Schedule *)self)->schedule, name);
}

static int schedule_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(((Schedule *)self)->recorder);
    Py_VISIT(((Schedule *)self)->schedule);
    Py_VISIT(((Schedule *)self)->slot);
    return 0;
}

static void schedule_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((Schedule *)self)->schedule);
    Py_XDECREF(((Schedule *)self)->recorder);
    Py_XDECREF(((Schedule *)self)->slot);
    PyObject_GC_Del(self);
}

PyTypeObject ScheduleType = {
    OUR_TYPE(
        Schedule, "Schedule(schedule, recorder, slot, place): a loop's method, whose callbacks are followed."),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    CALLED_BY_VECTOR(Schedule),
    .tp_new = schedule_new,
    .tp_getattro = schedule_getattro,
    .tp_traverse = schedule_traverse,
    .tp_dealloc = schedule_dealloc,
};
