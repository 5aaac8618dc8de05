/* Recorder: what everything else records with. Called as (coroutine, request, lane=None), makes Steps. */

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

static PyObject *recorder_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    PyObject *lane = count == 3 ? args[2] : Py_None;
    if (count < 2 || count > 3 || names || (lane != Py_None && !Py_IS_TYPE(lane, &StayType))) {
        PyErr_SetString(PyExc_TypeError, "(coroutine, request, lane=None)");
        return NULL;
    }
    uint64_t request = PyLong_AsUnsignedLongLong(args[1]);
    if (request == (uint64_t)-1 && PyErr_Occurred()) return NULL;
    return steps_new((Recorder *)self, args[0], (uint32_t)request, lane == Py_None ? NULL : (Stay *)lane);
}

static PyObject *recorder_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"write", "stays", "free", "add", "of_loop", NULL};
    PyObject *write, *stays, *free, *add, *of_loop;
    if (!PyArg_ParseTupleAndKeywords(
            args, options, "OO!O!OO", names, &write, &PyDict_Type, &stays, &PyList_Type, &free, &add, &of_loop))
        return NULL;
    Recorder *recorder = (Recorder *)type->tp_alloc(type, 0);
    if (!recorder) return NULL;
    recorder->vectorcall = recorder_call;
    recorder->write = Py_NewRef(write);
    recorder->stays = Py_NewRef(stays);
    recorder->free = Py_NewRef(free);
    recorder->add = Py_NewRef(add);
    recorder->of_loop = Py_NewRef(of_loop);
    return (PyObject *)recorder;
}

static int recorder_traverse(PyObject *self, visitproc visit, void *arg) {
    Recorder *recorder = (Recorder *)self;
    Py_VISIT(recorder->write);
    Py_VISIT(recorder->stays);
    Py_VISIT(recorder->free);
    Py_VISIT(recorder->add);
    Py_VISIT(recorder->of_loop);
    return 0;
}

static void recorder_dealloc(PyObject *self) {
    Recorder *recorder = (Recorder *)self;
    PyObject_GC_UnTrack(self);
    Py_XDECREF(recorder->write);
    Py_XDECREF(recorder->stays);
    Py_XDECREF(recorder->free);
    Py_XDECREF(recorder->add);
    Py_XDECREF(recorder->of_loop);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *recorder_serve(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 6 || !Py_IS_TYPE(args[5], &StayType)) {
        PyErr_SetString(PyExc_TypeError, "serve(application, scope, receive, send, request, lane)");
        return NULL;
    }
    uint64_t request = PyLong_AsUnsignedLongLong(args[4]);
    if (request == (uint64_t)-1 && PyErr_Occurred()) return NULL;
    return steps_serving(
        (Recorder *)self, args[0], args[1], args[2], args[3], (uint32_t)request, (Stay *)args[5]);
}

static PyMethodDef recorder_methods[] = {
    {"serve", (PyCFunction)(void (*)(void))recorder_serve, METH_FASTCALL,
     "serve(application, scope, receive, send, request, lane): the coroutine of a whole ASGI request."},
    {NULL},
};

PyTypeObject RecorderType = {
    OUR_TYPE(Recorder, "Recorder(write, stays, free, add, of_loop)"),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    CALLED_BY_VECTOR(Recorder),
    .tp_new = recorder_new,
    .tp_traverse = recorder_traverse,
    .tp_dealloc = recorder_dealloc,
    .tp_methods = recorder_methods,
};
