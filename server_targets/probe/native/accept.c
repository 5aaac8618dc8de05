/* Accept: `socket.socket._accept` that notes when each connection was accepted. See accepts.py. */

#include "native.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *accept;
} Accept;

/* IPv4 and IPv6 clients are known by their port, the second part of their address. */
static void note(PyObject *accepted) {
    PyObject *address = PyTuple_Check(accepted) && PyTuple_GET_SIZE(accepted) == 2 ? PyTuple_GET_ITEM(accepted, 1) : NULL;
    if (!address || !PyTuple_Check(address) || PyTuple_GET_SIZE(address) < 2) return;
    PyObject *now = PyLong_FromUnsignedLongLong(monotonic_ns());
    if (now) PyDict_SetItem(known.accepted_ns, PyTuple_GET_ITEM(address, 1), now);
    Py_XDECREF(now);
    PyErr_Clear();
}

static PyObject *accept_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    PyObject *accepted = PyObject_Vectorcall(((Accept *)self)->accept, args, nargsf, names);
    if (accepted) note(accepted);
    return accepted;
}

static PyObject *accept_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"accept", NULL};
    PyObject *accept;
    if (!PyArg_ParseTupleAndKeywords(args, options, "O", names, &accept)) return NULL;
    Accept *made = (Accept *)type->tp_alloc(type, 0);
    if (!made) return NULL;
    made->vectorcall = accept_call;
    made->accept = Py_NewRef(accept);
    return (PyObject *)made;
}

static PyObject *accept_get(PyObject *self, PyObject *socket, PyObject *Py_UNUSED(type)) {
    return socket && socket != Py_None ? PyMethod_New(self, socket) : Py_NewRef(self);
}

static int accept_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(((Accept *)self)->accept);
    return 0;
}

static void accept_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((Accept *)self)->accept);
    Py_TYPE(self)->tp_free(self);
}

PyTypeObject AcceptType = {
    OUR_TYPE(Accept, "Accept(accept): a socket's `_accept` that notes when each connection was accepted."),
    .tp_flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    CALLED_BY_VECTOR(Accept),
    .tp_new = accept_new,
    .tp_descr_get = accept_get,
    .tp_traverse = accept_traverse,
    .tp_dealloc = accept_dealloc,
};
