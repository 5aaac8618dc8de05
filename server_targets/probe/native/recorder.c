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

void note_failure(Recorder *recorder, uint32_t request) {
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    if (!type) return;
    PyErr_NormalizeException(&type, &error, &traceback);
    if (traceback && PyException_SetTraceback(error, traceback) < 0) PyErr_Clear();
    PyObject *number = PyLong_FromUnsignedLong(request);
    PyObject *done = number ? PyObject_CallFunctionObjArgs(recorder->failed, error, number, NULL) : NULL;
    Py_XDECREF(number);
    if (done) {
        Py_DECREF(done);
        PyErr_Restore(type, error, traceback);
        return;
    }
    Py_XDECREF(type); /* a signal has come meanwhile: what its handler raised takes the place, as in Python */
    Py_XDECREF(error);
    Py_XDECREF(traceback);
}

int note_leaving(Recorder *recorder, uint32_t request) {
    PyObject *handled = PyErr_GetHandledException();
    if (!handled) return 0;
    Py_DECREF(handled);
    PyObject *number = PyLong_FromUnsignedLong(request);
    PyObject *done = number ? PyObject_CallOneArg(recorder->leaving, number) : NULL;
    Py_XDECREF(number);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static uint64_t serials;

static PyObject *recorder_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"write", "slots", "free", "served", "add", "of_loop", "failed", "leaving", NULL};
    PyObject *write, *slots, *free, *served, *add, *of_loop, *failed, *leaving;
    if (!PyArg_ParseTupleAndKeywords(
            args, options, "OO!O!O!OOOO", names, &write, &PyDict_Type, &slots, &PyList_Type, &free, &PySet_Type, &served,
            &add, &of_loop, &failed, &leaving))
        return NULL;
    Recorder *recorder = (Recorder *)type->tp_alloc(type, 0);
    if (!recorder) return NULL;
    recorder->write = Py_NewRef(write);
    recorder->slots = Py_NewRef(slots);
    recorder->free = Py_NewRef(free);
    recorder->served = Py_NewRef(served);
    recorder->serial = ++serials;
    recorder->add = Py_NewRef(add);
    recorder->of_loop = Py_NewRef(of_loop);
    recorder->failed = Py_NewRef(failed);
    recorder->leaving = Py_NewRef(leaving);
    return (PyObject *)recorder;
}

static int recorder_traverse(PyObject *self, visitproc visit, void *arg) {
    Recorder *recorder = (Recorder *)self;
    Py_VISIT(recorder->write);
    Py_VISIT(recorder->slots);
    Py_VISIT(recorder->free);
    Py_VISIT(recorder->served);
    Py_VISIT(recorder->add);
    Py_VISIT(recorder->of_loop);
    Py_VISIT(recorder->failed);
    Py_VISIT(recorder->leaving);
    return 0;
}

static void recorder_dealloc(PyObject *self) {
    Recorder *recorder = (Recorder *)self;
    PyObject_GC_UnTrack(self);
    Py_XDECREF(recorder->write);
    Py_XDECREF(recorder->slots);
    Py_XDECREF(recorder->free);
    Py_XDECREF(recorder->served);
    Py_XDECREF(recorder->add);
    Py_XDECREF(recorder->of_loop);
    Py_XDECREF(recorder->failed);
    Py_XDECREF(recorder->leaving);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef recorder_methods[] = {
    {"begin_call", (PyCFunction)(void (*)(void))begin_call, METH_FASTCALL,
     "begin_call(request, crossing): the calling thread's slot, from now on."},
    {"end_call", end_call, METH_O, "end_call(slot): the call is over; record it."},
    {NULL},
};

PyTypeObject RecorderType = {
    OUR_TYPE(Recorder, "Recorder(write, slots, free, served, add, of_loop, failed, leaving)"),
    .tp_methods = recorder_methods,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = recorder_new,
    .tp_traverse = recorder_traverse,
    .tp_dealloc = recorder_dealloc,
};
