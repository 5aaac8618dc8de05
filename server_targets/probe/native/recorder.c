/* Recorder: what everything else records with. Knows none of those who do. */

#include "native.h"

void record(Recorder *recorder, uint64_t t_ns, uint64_t value, uint32_t request, uint32_t place) {
    if (Py_IS_TYPE(recorder->write, &RingType)) {
        ring_put((Ring *)recorder->write, t_ns, value, request, place);
        return;
    }
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyObject *done = PyObject_CallFunction(recorder->write, "KKII", t_ns, value, request, place);
    if (!done) PyErr_WriteUnraisable(recorder->write);
    Py_XDECREF(done);
    PyErr_Restore(type, error, traceback);
}

static PyObject *recorder_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"write", "slots", "free", "add", "of_loop", NULL};
    PyObject *write, *slots, *free, *add, *of_loop;
    if (!PyArg_ParseTupleAndKeywords(
            args, options, "OO!O!OO", names, &write, &PyDict_Type, &slots, &PyList_Type, &free, &add, &of_loop))
        return NULL;
    Recorder *recorder = (Recorder *)type->tp_alloc(type, 0);
    if (!recorder) return NULL;
    recorder->write = Py_NewRef(write);
    recorder->slots = Py_NewRef(slots);
    recorder->free = Py_NewRef(free);
    recorder->add = Py_NewRef(add);
    recorder->of_loop = Py_NewRef(of_loop);
    return (PyObject *)recorder;
}

static int recorder_traverse(PyObject *self, visitproc visit, void *arg) {
    Recorder *recorder = (Recorder *)self;
    Py_VISIT(recorder->write);
    Py_VISIT(recorder->slots);
    Py_VISIT(recorder->free);
    Py_VISIT(recorder->add);
    Py_VISIT(recorder->of_loop);
    return 0;
}

static void recorder_dealloc(PyObject *self) {
    Recorder *recorder = (Recorder *)self;
    PyObject_GC_UnTrack(self);
    Py_XDECREF(recorder->write);
    Py_XDECREF(recorder->slots);
    Py_XDECREF(recorder->free);
    Py_XDECREF(recorder->add);
    Py_XDECREF(recorder->of_loop);
    Py_TYPE(self)->tp_free(self);
}

PyTypeObject RecorderType = {
    OUR_TYPE(Recorder, "Recorder(write, slots, free, add, of_loop)"),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = recorder_new,
    .tp_traverse = recorder_traverse,
    .tp_dealloc = recorder_dealloc,
};
