/* Stay: a lane and the request that is there (see lanes.py), and how a thread enters and leaves one. */

#include "native.h"

static PyObject *stay_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"lane", NULL};
    unsigned int lane;
    if (!PyArg_ParseTupleAndKeywords(args, options, "I", names, &lane)) return NULL;
    Stay *stay = (Stay *)type->tp_alloc(type, 0);
    if (stay) stay->lane = lane;
    return (PyObject *)stay;
}

static int stay_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(((Stay *)self)->outer);
    return 0;
}

static int stay_clear(PyObject *self) {
    Py_CLEAR(((Stay *)self)->outer);
    return 0;
}

static void stay_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    stay_clear(self);
    Py_TYPE(self)->tp_free(self);
}

static PyMemberDef stay_members[] = {
    {"lane", T_UINT, offsetof(Stay, lane)},
    {"request", T_UINT, offsetof(Stay, request)},
    {"since_ns", T_ULONGLONG, offsetof(Stay, since_ns)},
    {"since_cpu_ns", T_ULONGLONG, offsetof(Stay, since_cpu_ns)},
    {"thread_id", T_ULONG, offsetof(Stay, thread_id)},
    {"tid", T_LONG, offsetof(Stay, tid)},
    {"crossing", T_UBYTE, offsetof(Stay, crossing)},
    {"sampled", T_BOOL, offsetof(Stay, sampled)},
    {"outer", T_OBJECT, offsetof(Stay, outer)},
    {NULL},
};

PyTypeObject StayType = {
    OUR_TYPE(Stay, "Stay(lane): see lanes.Stay."),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = stay_new,
    .tp_traverse = stay_traverse,
    .tp_clear = stay_clear,
    .tp_dealloc = stay_dealloc,
    .tp_members = stay_members,
};

static Stay *free_stay(Recorder *recorder) {
    Py_ssize_t last = PyList_GET_SIZE(recorder->free) - 1;
    if (last >= 0) {
        PyObject *stay = PyList_GET_ITEM(recorder->free, last);
        Py_INCREF(stay);
        if (PyList_SetSlice(recorder->free, last, last + 1, NULL) < 0) {
            Py_DECREF(stay);
            return NULL;
        }
        if (Py_IS_TYPE(stay, &StayType)) return (Stay *)stay;
        Py_DECREF(stay); /* nobody knows how it came there; a new one will do */
    }
    PyObject *made = PyObject_CallNoArgs(recorder->add);
    if (made && !Py_IS_TYPE(made, &StayType)) {
        PyErr_SetString(PyExc_TypeError, "lanes are not made of this module's Stay");
        Py_CLEAR(made);
    }
    return (Stay *)made;
}

Stay *enter(Recorder *recorder, uint32_t request, uint64_t since_ns, uint64_t since_cpu_ns, unsigned char crossing) {
    Stay *stay = free_stay(recorder);
    if (!stay) return NULL;
    stay->thread_id = PyThread_get_thread_ident();
    stay->tid = 0;
    stay->sampled = 0;
    stay->since_cpu_ns = since_cpu_ns;
    stay->crossing = crossing;
    stay->since_ns = since_ns;
    stay->request = request;
    PyObject *thread = PyLong_FromUnsignedLong(stay->thread_id);
    if (!thread) goto failed;
    PyObject *outer = PyDict_GetItemWithError(recorder->stays, thread);
    Py_XINCREF(outer);
    Py_XSETREF(stay->outer, outer);
    int put = PyErr_Occurred() ? -1 : PyDict_SetItem(recorder->stays, thread, (PyObject *)stay);
    Py_DECREF(thread);
    if (put == 0) return stay;
failed:
    Py_DECREF(stay);
    return NULL;
}

/* One that is over while another has begun on its thread (a body that is closed late): it is taken out from among them. */
static void take_out(PyObject *innermost, Stay *stay) {
    for (PyObject *at = innermost; at && Py_IS_TYPE(at, &StayType); at = ((Stay *)at)->outer) {
        if (((Stay *)at)->outer != (PyObject *)stay) continue;
        Py_XINCREF(stay->outer);
        Py_XSETREF(((Stay *)at)->outer, stay->outer);
        return;
    }
}

void leave(Recorder *recorder, Stay *stay) {
    PyObject *type, *value, *traceback; /* an error of the application's passes through here */
    PyErr_Fetch(&type, &value, &traceback);
    stay->request = 0;
    PyObject *thread = PyLong_FromUnsignedLong(stay->thread_id);
    PyObject *innermost = thread ? PyDict_GetItemWithError(recorder->stays, thread) : NULL;
    if (innermost != (PyObject *)stay) {
        take_out(innermost, stay);
    } else if (stay->outer) {
        PyDict_SetItem(recorder->stays, thread, stay->outer);
    } else {
        PyDict_DelItem(recorder->stays, thread);
    }
    Py_CLEAR(stay->outer);
    Py_XDECREF(thread);
    PyList_Append(recorder->free, (PyObject *)stay);
    Py_DECREF(stay);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}
