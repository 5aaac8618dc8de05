/* ProbedWsgi: the calling thread serves a request from the call to the body's close. See hooks/wsgi.py. */

#include "native.h"

#define WORTH_TELLING_NS 1000000u /* hooks.accept.WORTH_TELLING_NS */
#define FOREIGN_FROM 0xE0000000u  /* request_context.FOREIGN_FROM */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall; /* called as start_response */
    Recorder *recorder;
    PyObject *start_response;
    PyObject *body;       /* the one whose `close` is ours */
    PyObject *close_body; /* its own, or NULL */
    LaneSlot *slot;       /* NULL once the request has ended */
    uint32_t request;
} Serving;

/* ---- the request of the running context */

/* 0 outside any, -1 with an error set. */
static int64_t current_request(void) {
    PyObject *request;
    if (PyContextVar_Get(known.current, NULL, &request) < 0) return -1;
    if (!request) return 0;
    int64_t number = PyLong_AsLongLong(request);
    Py_DECREF(request);
    return number == -1 && PyErr_Occurred() ? -1 : number;
}

/* 0, or -1 with an error set. */
static int set_current_request(PyObject *request) {
    PyObject *token = PyContextVar_Set(known.current, request);
    Py_XDECREF(token);
    return token ? 0 : -1;
}

/* ---- one request */

static int64_t status_of(PyObject *status) {
    Py_ssize_t length;
    const char *text = PyUnicode_Check(status) ? PyUnicode_AsUTF8AndSize(status, &length) : NULL;
    if (!text) PyErr_Clear(); /* the server will say what is wrong with it */
    if (!text || length < 3) return 0;
    int64_t number = 0;
    for (int at = 0; at < 3; at++) {
        if (text[at] < '0' || text[at] > '9') return 0;
        number = number * 10 + (text[at] - '0');
    }
    return number;
}

static PyObject *serving_start_response(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    Serving *serving = (Serving *)self;
    if (PyVectorcall_NARGS(nargsf) > 0)
        record(serving->recorder, monotonic_ns(), (uint64_t)status_of(args[0]), serving->request,
               known.places.response_start);
    return PyObject_Vectorcall(serving->start_response, args, nargsf, names);
}

static void end_serving(Serving *serving, uint32_t place) {
    LaneSlot *slot = serving->slot;
    if (!slot) return;
    serving->slot = NULL;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    int own = slot->thread_id == PyThread_get_thread_ident(); /* else the CPU clock would be another thread's */
    record(serving->recorder, monotonic_ns(), own ? thread_time_ns() : 0, serving->request, slot->lane | place);
    leave(serving->recorder, slot);
    /* A body that is closed late leaves the context to the request that is there now. */
    if (current_request() == serving->request && set_current_request(known.zero) < 0) PyErr_Clear();
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

static PyObject *serving_close(PyObject *self, PyObject *Py_UNUSED(none)) {
    Serving *serving = (Serving *)self;
    if (serving->slot && note_leaving(serving->recorder, serving->request) < 0) return NULL;
    if (serving->body) { /* else the two would hold each other */
        if (PyObject_DelAttr(serving->body, known.str_close) < 0) PyErr_Clear();
        Py_CLEAR(serving->body);
    }
    PyObject *closed = serving->close_body ? PyObject_CallNoArgs(serving->close_body) : Py_NewRef(Py_None);
    if (!closed) note_failure(serving->recorder, serving->request);
    end_serving(serving, known.places.returned);
    Py_XDECREF(closed);
    return closed ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef close_method = {"close", serving_close, METH_NOARGS, "Close the body, and end the request."};

static int serving_traverse(PyObject *self, visitproc visit, void *arg) {
    Serving *serving = (Serving *)self;
    Py_VISIT(serving->recorder);
    Py_VISIT(serving->start_response);
    Py_VISIT(serving->body);
    Py_VISIT(serving->close_body);
    return 0;
}

static int serving_clear(PyObject *self) {
    Serving *serving = (Serving *)self;
    Py_CLEAR(serving->body);
    Py_CLEAR(serving->close_body);
    return 0;
}

/* Its server has let go of the body and never closed it: the request is over all the same. */
static void serving_finalize(PyObject *self) { end_serving((Serving *)self, known.places.returned); }

static void serving_dealloc(PyObject *self) {
    Serving *serving = (Serving *)self;
    if (PyObject_CallFinalizerFromDealloc(self) < 0) return;
    PyObject_GC_UnTrack(self);
    serving_clear(self);
    Py_XDECREF(serving->start_response);
    Py_XDECREF(serving->slot);
    Py_XDECREF(serving->recorder);
    PyObject_GC_Del(self);
}

PyTypeObject ServingType = {
    OUR_TYPE(Serving, "One request under WSGI; called as its start_response."),
    .tp_flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    CALLED_BY_VECTOR(Serving),
    .tp_traverse = serving_traverse,
    .tp_clear = serving_clear,
    .tp_finalize = serving_finalize,
    .tp_dealloc = serving_dealloc,
};

/* ---- the application */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *application;
    Recorder *recorder;
} ProbedWsgi;

/* A new reference to the request's number: the driver's from the header, else one of our own. */
static PyObject *number_in(PyObject *environ) {
    PyObject *header = PyDict_GetItemWithError(environ, known.header_wsgi);
    if (!header) return PyErr_Occurred() ? NULL : PyObject_CallOneArg(known.number_of, Py_None);
    Py_ssize_t length;
    const char *text = PyUnicode_Check(header) ? PyUnicode_AsUTF8AndSize(header, &length) : NULL;
    if (!text) PyErr_Clear();
    uint64_t number = 0;
    if (text && length > 10) text = NULL; /* more digits than any number of ours */
    for (Py_ssize_t at = 0; text && at < length; at++) {
        if (text[at] < '0' || text[at] > '9' || number >= FOREIGN_FROM) text = NULL;
        else number = number * 10 + (uint64_t)(text[at] - '0');
    }
    if (text && number && number < FOREIGN_FROM) return PyLong_FromUnsignedLongLong(number);
    return PyObject_CallOneArg(known.number_of, header);
}

/* See hooks/accept.py: tell_accept. */
static void tell_accept(Recorder *recorder, PyObject *environ, uint32_t request, uint64_t begin_ns) {
    if (!PyDict_GET_SIZE(known.accepted_ns)) return;
    PyObject *given = PyDict_GetItemWithError(environ, known.str_remote_port);
    PyObject *port = given ? PyNumber_Long(given) : NULL;
    PyObject *at = port ? PyDict_GetItemWithError(known.accepted_ns, port) : NULL;
    if (at) {
        uint64_t at_ns = PyLong_AsUnsignedLongLong(at);
        if (!PyErr_Occurred() && begin_ns > at_ns + WORTH_TELLING_NS)
            record(recorder, at_ns, 0, request, known.places.accepted);
        PyDict_DelItem(known.accepted_ns, port);
    }
    Py_XDECREF(port);
    PyErr_Clear(); /* a port that is none: the server's own idea of an address */
}

static Serving *begin_serving(ProbedWsgi *probed, PyObject *environ, PyObject *start_response) {
    uint64_t start_ns = monotonic_ns();
    PyObject *number = number_in(environ);
    if (!number) return NULL;
    uint32_t request = (uint32_t)PyLong_AsUnsignedLongLongMask(number);
    int set = set_current_request(number);
    Py_DECREF(number);
    if (set < 0) return NULL;
    tell_accept(probed->recorder, environ, request, start_ns);
    Serving *serving = PyObject_GC_New(Serving, &ServingType);
    if (!serving) return NULL;
    serving->vectorcall = serving_start_response;
    serving->recorder = (Recorder *)Py_NewRef(probed->recorder);
    serving->start_response = Py_NewRef(start_response);
    serving->body = serving->close_body = NULL;
    serving->request = request;
    serving->slot = enter(probed->recorder, request, start_ns, 0, 0);
    PyObject_GC_Track(serving);
    if (!serving->slot) {
        Py_DECREF(serving);
        return NULL;
    }
    record(probed->recorder, start_ns, thread_time_ns(), request, serving->slot->lane | known.places.begin);
    return serving;
}

/* Has the body's `close` end the request; steals `body`. */
static PyObject *with_close(Serving *serving, PyObject *body) {
    serving->close_body = PyObject_GetAttr(body, known.str_close);
    if (!serving->close_body) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError)) goto failed; /* the body's own error */
        PyErr_Clear();
    } else if (serving->close_body == Py_None) {
        Py_CLEAR(serving->close_body);
    }
    PyObject *close = PyCFunction_New(&close_method, (PyObject *)serving);
    if (!close) goto failed;
    if (PyObject_SetAttr(body, known.str_close, close) == 0) {
        serving->body = Py_NewRef(body); /* the same object: servers look for what they know */
    } else if (PyErr_ExceptionMatches(PyExc_Exception)) { /* whatever it says of an attribute that it does not know */
        PyErr_Clear();
        Py_SETREF(body, PyObject_CallFunctionObjArgs(known.wrap_body, body, close, NULL));
    } else {
        Py_CLEAR(body);
    }
    Py_DECREF(close);
    if (body) return body;
failed:
    Py_XDECREF(body);
    note_failure(serving->recorder, serving->request);
    end_serving(serving, known.places.raised);
    return NULL;
}

static PyObject *probed_wsgi_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    ProbedWsgi *probed = (ProbedWsgi *)self;
    if (PyVectorcall_NARGS(nargsf) != 2 || names || !PyDict_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "application(environ, start_response)"); /* PEP 3333: by position, a dict */
        return NULL;
    }
    Serving *serving = begin_serving(probed, args[0], args[1]);
    if (!serving) return NULL;
    PyObject *given[] = {args[0], (PyObject *)serving};
    PyObject *body = PyObject_Vectorcall(probed->application, given, 2, NULL);
    if (body) {
        body = with_close(serving, body);
    } else {
        note_failure(serving->recorder, serving->request);
        end_serving(serving, known.places.raised);
    }
    Py_DECREF(serving);
    return body;
}

static PyObject *probed_wsgi_new(PyTypeObject *type, PyObject *args, PyObject *options) {
    static char *names[] = {"application", "recorder", NULL};
    PyObject *application, *recorder;
    if (!PyArg_ParseTupleAndKeywords(args, options, "OO!", names, &application, &RecorderType, &recorder)) return NULL;
    ProbedWsgi *probed = (ProbedWsgi *)type->tp_alloc(type, 0);
    if (!probed) return NULL;
    probed->vectorcall = probed_wsgi_call;
    probed->application = Py_NewRef(application);
    probed->recorder = (Recorder *)Py_NewRef(recorder);
    return (PyObject *)probed;
}

HOLDS_RECORDER_AND(ProbedWsgi, probed_wsgi, application)

PyTypeObject ProbedWsgiType = {
    OUR_TYPE(ProbedWsgi, "ProbedWsgi(application, recorder): a WSGI application whose requests are recorded."),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    CALLED_BY_VECTOR(ProbedWsgi),
    .tp_new = probed_wsgi_new,
    .tp_traverse = probed_wsgi_traverse,
    .tp_dealloc = probed_wsgi_dealloc,
};
