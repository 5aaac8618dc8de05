/* Ring: appends records in place. See ring.py for the file, records.py for the record. */

#include "native.h"

#define HEADER_BYTES 4096

typedef struct {
    uint64_t t_ns, value;
    uint32_t request, place;
    uint64_t seq;
} Record;

_Static_assert(sizeof(Record) == 32, "records.RECORD_BYTES");

void ring_put(Ring *ring, uint64_t t_ns, uint64_t value, uint32_t request, uint32_t place) {
    if (ring->silent) return;
    uint64_t seq = __atomic_add_fetch(&ring->drawn, 1, __ATOMIC_RELAXED);
    Record *slot = (Record *)(ring->slots + (seq & ring->mask) * sizeof(Record));
    slot->t_ns = t_ns;
    slot->value = value;
    slot->request = request;
    slot->place = place;
    /* A reader in another process that sees the number sees the fields too. */
    __atomic_store_n(&slot->seq, seq, __ATOMIC_RELEASE);
}

static PyObject *ring_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    if (PyVectorcall_NARGS(nargsf) != 4 || names) {
        PyErr_SetString(PyExc_TypeError, "write(t_ns, value, request, place)");
        return NULL;
    }
    uint64_t given[4];
    for (int at = 0; at < 4; at++) {
        given[at] = PyLong_AsUnsignedLongLong(args[at]);
        if (given[at] == (uint64_t)-1 && PyErr_Occurred()) {
            PyObject *whole; /* an IntEnum is an int already; whatever else has an index is taken for one */
            if (!PyErr_ExceptionMatches(PyExc_TypeError)) return NULL;
            PyErr_Clear();
            whole = PyNumber_Index(args[at]);
            if (!whole) return NULL;
            given[at] = PyLong_AsUnsignedLongLong(whole);
            Py_DECREF(whole);
            if (given[at] == (uint64_t)-1 && PyErr_Occurred()) return NULL;
        }
    }
    ring_put((Ring *)self, given[0], given[1], (uint32_t)given[2], (uint32_t)given[3]);
    Py_RETURN_NONE;
}

static PyObject *ring_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"buffer", "capacity", NULL};
    PyObject *memory;
    unsigned long long capacity;
    if (!PyArg_ParseTupleAndKeywords(args, options, "OK", names, &memory, &capacity)) return NULL;
    Ring *ring = (Ring *)type->tp_alloc(type, 0);
    if (!ring) return NULL;
    if (PyObject_GetBuffer(memory, &ring->buffer, PyBUF_WRITABLE) < 0) {
        Py_DECREF(ring);
        return NULL;
    }
    if (!capacity || (capacity & (capacity - 1)) ||
        ring->buffer.len < (Py_ssize_t)(HEADER_BYTES + capacity * sizeof(Record))) {
        PyErr_SetString(PyExc_ValueError, "capacity is a power of two that the buffer has room for");
        Py_DECREF(ring);
        return NULL;
    }
    ring->vectorcall = ring_call;
    ring->slots = (unsigned char *)ring->buffer.buf + HEADER_BYTES;
    ring->mask = capacity - 1;
    return (PyObject *)ring;
}

static void ring_dealloc(PyObject *self) {
    Ring *ring = (Ring *)self;
    if (ring->buffer.obj) PyBuffer_Release(&ring->buffer);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *ring_fall_silent(PyObject *self, PyObject *Py_UNUSED(none)) {
    ((Ring *)self)->silent = 1;
    Py_RETURN_NONE;
}

static PyMethodDef ring_methods[] = {
    {"fall_silent", ring_fall_silent, METH_NOARGS, "Write nothing any more."},
    {NULL},
};

PyTypeObject RingType = {
    OUR_TYPE(Ring, "Ring(buffer, capacity): called with (t_ns, value, request, place), appends one record."),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    CALLED_BY_VECTOR(Ring),
    .tp_new = ring_new,
    .tp_dealloc = ring_dealloc,
    .tp_methods = ring_methods,
};
