/* SendSeen: what an ASGI application is given to send with; records the start of the response. */

#include "native.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Recorder *recorder;
    PyObject *send;
    uint32_t request, lane;
} SendSeen;

static int64_t status_of(PyObject *message) {
    PyObject *status = PyDict_GetItemWithError(message, known.str_status);
    int64_t number = status ? PyLong_AsLong(status) : 0;
    if (PyErr_Occurred()) PyErr_Clear(); /* the server will say what is wrong with it */
    return number > 0 ? number : 0;
}

static int starts_a_response(PyObject *message) {
    if (!PyDict_Check(message)) return 0;
    PyObject *type = PyDict_GetItemWithError(message, known.str_type);
    if (!type) {
        PyErr_Clear();
        return 0;
    }
    return type == known.str_response_start ||
           (PyUnicode_Check(type) && PyUnicode_Compare(type, known.str_response_start) == 0);
}

static PyObject *send_seen_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    SendSeen *seen = (SendSeen *)self;
    if (PyVectorcall_NARGS(nargsf) == 1 && starts_a_response(args[0]))
        record(seen->recorder, monotonic_ns(), (uint64_t)status_of(args[0]), seen->request,
               seen->lane | known.places.response_start);
    return PyObject_Vectorcall(seen->send, args, nargsf, names);
}

PyObject *send_seen_new(Recorder *recorder, PyObject *send, uint32_t request, uint32_t lane) {
    SendSeen *seen = PyObject_GC_New(SendSeen, &SendSeenType);
    if (!seen) return NULL;
    seen->vectorcall = send_seen_call;
    seen->recorder = (Recorder *)Py_NewRef(recorder);
    seen->send = Py_NewRef(send);
    seen->request = request;
    seen->lane = lane;
    PyObject_GC_Track(seen);
    return (PyObject *)seen;
}

HOLDS_RECORDER_AND(SendSeen, send_seen, send)

PyTypeObject SendSeenType = {
    OUR_TYPE(SendSeen, "An ASGI `send` that records the start of the response."),
    .tp_flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    CALLED_BY_VECTOR(SendSeen),
    .tp_traverse = send_seen_traverse,
    .tp_dealloc = send_seen_dealloc,
};
