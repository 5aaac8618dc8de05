/* LaneSlot: a lane and the request that is there (see lanes.py), and how a thread enters and leaves one. */

#include "native.h"

static PyObject *slot_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"lane", NULL};
    unsigned int lane;
    if (!PyArg_ParseTupleAndKeywords(args, options, "I", names, &lane)) return NULL;
    LaneSlot *slot = (LaneSlot *)type->tp_alloc(type, 0);
    if (!slot) return NULL;
    slot->lane = lane;
    slot->works_for = OWN_WORK;
    return (PyObject *)slot;
}

static int slot_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(((LaneSlot *)self)->outer);
    return 0;
}

static int slot_clear(PyObject *self) {
    Py_CLEAR(((LaneSlot *)self)->outer);
    return 0;
}

static void slot_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    slot_clear(self);
    Py_TYPE(self)->tp_free(self);
}

static PyMemberDef slot_members[] = {
    {"lane", T_UINT, offsetof(LaneSlot, lane)},
    {"request", T_UINT, offsetof(LaneSlot, request)},
    {"works_for", T_UINT, offsetof(LaneSlot, works_for)},
    {"since_ns", T_ULONGLONG, offsetof(LaneSlot, since_ns)},
    {"since_cpu_ns", T_ULONGLONG, offsetof(LaneSlot, since_cpu_ns)},
    {"thread_id", T_ULONG, offsetof(LaneSlot, thread_id)},
    {"tid", T_LONG, offsetof(LaneSlot, tid)},
    {"crossing", T_UBYTE, offsetof(LaneSlot, crossing)},
    {"sampled", T_BOOL, offsetof(LaneSlot, sampled)},
    {"own_work", T_BOOL, offsetof(LaneSlot, own_work)},
    {"outer", T_OBJECT, offsetof(LaneSlot, outer)},
    {NULL},
};

PyTypeObject LaneSlotType = {
    OUR_TYPE(LaneSlot, "LaneSlot(lane): see lanes.LaneSlot."),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = slot_new,
    .tp_traverse = slot_traverse,
    .tp_clear = slot_clear,
    .tp_dealloc = slot_dealloc,
    .tp_members = slot_members,
};

static LaneSlot *free_slot(Recorder *recorder) {
    Py_ssize_t last = PyList_GET_SIZE(recorder->free) - 1;
    if (last >= 0) {
        PyObject *slot = PyList_GET_ITEM(recorder->free, last);
        Py_INCREF(slot);
        if (PyList_SetSlice(recorder->free, last, last + 1, NULL) < 0) {
            Py_DECREF(slot);
            return NULL;
        }
        if (Py_IS_TYPE(slot, &LaneSlotType)) return (LaneSlot *)slot;
        Py_DECREF(slot); /* nobody knows how it came there; a new one will do */
    }
    PyObject *made = PyObject_CallNoArgs(recorder->add);
    if (made && !Py_IS_TYPE(made, &LaneSlotType)) {
        PyErr_SetString(PyExc_TypeError, "lanes are not made of this module's LaneSlot");
        Py_CLEAR(made);
    }
    return (LaneSlot *)made;
}

/* ---- the kernel's id of the calling thread: asked for once, since it is a system call, and noted once */

static unsigned process = 1; /* another number in a forked child, whose thread has another id */
static _Thread_local struct {
    long tid;
    unsigned process;
    uint64_t noted_by; /* a recorder's serial number */
} here;

void forget_threads(void) { process++; }

static long tid_here(void) {
    if (here.process != process) {
        here.tid = (long)PyThread_get_thread_native_id();
        here.process = process;
        here.noted_by = 0;
    }
    return here.tid;
}

static int note_served(Recorder *recorder, long tid) {
    if (here.noted_by == recorder->serial) return 0;
    PyObject *number = PyLong_FromLong(tid);
    int noted = number ? PySet_Add(recorder->served, number) : -1;
    Py_XDECREF(number);
    if (noted == 0) here.noted_by = recorder->serial;
    return noted;
}

LaneSlot *enter(Recorder *recorder, uint32_t request, uint64_t since_ns, uint64_t since_cpu_ns, unsigned char crossing) {
    LaneSlot *slot = free_slot(recorder);
    if (!slot) return NULL;
    slot->thread_id = PyThread_get_thread_ident();
    slot->tid = tid_here();
    slot->sampled = 0;
    slot->since_cpu_ns = since_cpu_ns;
    slot->crossing = crossing;
    slot->since_ns = since_ns;
    slot->request = request;
    if (note_served(recorder, slot->tid) < 0) goto failed;
    PyObject *thread = PyLong_FromUnsignedLong(slot->thread_id);
    if (!thread) goto failed;
    PyObject *outer = PyDict_GetItemWithError(recorder->slots, thread);
    Py_XINCREF(outer);
    Py_XSETREF(slot->outer, outer);
    int put = PyErr_Occurred() ? -1 : PyDict_SetItem(recorder->slots, thread, (PyObject *)slot);
    Py_DECREF(thread);
    if (put == 0) return slot;
failed:
    Py_DECREF(slot);
    return NULL;
}

/* One that is over while another has begun on its thread (a body that is closed late): it is taken out from among them. */
static void take_out(PyObject *innermost, LaneSlot *slot) {
    for (PyObject *at = innermost; at && Py_IS_TYPE(at, &LaneSlotType); at = ((LaneSlot *)at)->outer) {
        if (((LaneSlot *)at)->outer != (PyObject *)slot) continue;
        Py_XINCREF(slot->outer);
        Py_XSETREF(((LaneSlot *)at)->outer, slot->outer);
        return;
    }
}

void leave(Recorder *recorder, LaneSlot *slot) {
    PyObject *type, *value, *traceback; /* an error of the application's passes through here */
    PyErr_Fetch(&type, &value, &traceback);
    slot->request = 0;
    PyObject *thread = PyLong_FromUnsignedLong(slot->thread_id);
    PyObject *innermost = thread ? PyDict_GetItemWithError(recorder->slots, thread) : NULL;
    if (innermost != (PyObject *)slot) {
        take_out(innermost, slot);
    } else if (slot->outer) {
        PyDict_SetItem(recorder->slots, thread, slot->outer);
    } else {
        PyDict_DelItem(recorder->slots, thread);
    }
    Py_CLEAR(slot->outer);
    Py_XDECREF(thread);
    PyList_Append(recorder->free, (PyObject *)slot);
    Py_DECREF(slot);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

/* ---- a call that a request hands to a thread */

#define LONGEST_CALL_NS 0xffffffffu /* records.LONGEST_CALL_NS */

PyObject *begin_call(PyObject *recorder, PyObject *const *args, Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "begin_call(request, crossing)");
        return NULL;
    }
    unsigned long request = PyLong_AsUnsignedLong(args[0]);
    long crossing = PyLong_AsLong(args[1]);
    if (PyErr_Occurred()) return NULL;
    uint64_t since_ns = monotonic_ns();
    return (PyObject *)enter(
        (Recorder *)recorder, (uint32_t)request, since_ns, thread_time_ns(), (unsigned char)crossing);
}

PyObject *end_call(PyObject *self, PyObject *of_call) {
    if (!Py_IS_TYPE(of_call, &LaneSlotType)) {
        PyErr_SetString(PyExc_TypeError, "end_call(slot)");
        return NULL;
    }
    Recorder *recorder = (Recorder *)self;
    LaneSlot *slot = (LaneSlot *)of_call;
    uint64_t end_ns = monotonic_ns(), end_cpu_ns = thread_time_ns();
    uint64_t took_ns = end_ns - slot->since_ns, cpu_ns = end_cpu_ns - slot->since_cpu_ns;
    uint32_t from = (uint32_t)slot->crossing << 24 | slot->lane;
    if (slot->sampled || took_ns > LONGEST_CALL_NS) { /* the sampler's own word of its beginning may come late */
        record(recorder, slot->since_ns, slot->since_cpu_ns, slot->request, from | known.places.thread_start);
        record(recorder, end_ns, end_cpu_ns, slot->request, slot->lane | known.places.thread_end);
    } else {
        if (cpu_ns > took_ns) cpu_ns = took_ns;
        record(recorder, slot->since_ns, took_ns << 32 | cpu_ns, slot->request, from | known.places.thread);
    }
    leave(recorder, (LaneSlot *)Py_NewRef(slot));
    Py_RETURN_NONE;
}
