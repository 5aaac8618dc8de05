/* The module `asgi_vs_wsgi.server_targets.probe._native`, and what it looks up in Python. */

#include "native.h"

#include <pthread.h>

Known known;

/* `kind` and `flag` of records.py as one number, with lane 0. */
static int place_of(PyObject *records, const char *kind, const char *flags, const char *flag, uint32_t *place) {
    PyObject *kinds = PyObject_GetAttrString(records, "Kind"), *owner = NULL, *number = NULL, *marked = NULL;
    int done = -1;
    number = kinds ? PyObject_GetAttrString(kinds, kind) : NULL;
    if (!number) goto end;
    if (flags) {
        owner = PyObject_GetAttrString(records, flags);
        marked = owner ? PyObject_GetAttrString(owner, flag) : NULL;
        if (!marked) goto end;
    }
    *place = (uint32_t)PyLong_AsLong(number) << 16 | (marked ? (uint32_t)PyLong_AsLong(marked) << 24 : 0);
    done = PyErr_Occurred() ? -1 : 0;
end:
    Py_XDECREF(kinds);
    Py_XDECREF(number);
    Py_XDECREF(owner);
    Py_XDECREF(marked);
    return done;
}

static int find_places(void) {
    Places *to = &known.places;
    PyObject *records = PyImport_ImportModule("asgi_vs_wsgi.server_targets.probe.protocol.records");
    if (!records) return -1;
    int failed = place_of(records, "BEGIN", NULL, NULL, &to->begin) ||
                 place_of(records, "RESPONSE_START", NULL, NULL, &to->response_start) ||
                 place_of(records, "END", "Ending", "RETURNED", &to->returned) ||
                 place_of(records, "END", "Ending", "RAISED", &to->raised) ||
                 place_of(records, "STEP", NULL, NULL, &to->step) ||
                 place_of(records, "STEP_END", NULL, NULL, &to->step_end) ||
                 place_of(records, "ACCEPTED", NULL, NULL, &to->accepted) ||
                 place_of(records, "THREAD", NULL, NULL, &to->thread) ||
                 place_of(records, "THREAD_START", NULL, NULL, &to->thread_start) ||
                 place_of(records, "THREAD_END", NULL, NULL, &to->thread_end);
    Py_DECREF(records);
    return failed ? -1 : 0;
}

static PyObject *found(const char *module, const char *name) {
    PyObject *owner = PyImport_ImportModule(module);
    PyObject *thing = owner ? PyObject_GetAttrString(owner, name) : NULL;
    Py_XDECREF(owner);
    return thing;
}

static int find_known(void) {
    return (known.current = found("asgi_vs_wsgi.server_targets.probe.request_context", "CURRENT")) &&
                   (known.number_of = found("asgi_vs_wsgi.server_targets.probe.request_context", "number_of")) &&
                   (known.header_wsgi = found("asgi_vs_wsgi.server_targets.probe.request_context", "HEADER_WSGI")) &&
                   (known.accepted_ns = found("asgi_vs_wsgi.server_targets.probe.hooks.accept", "accepted_ns")) &&
                   (known.wrap_body = found("asgi_vs_wsgi.server_targets.probe.hooks.wsgi", "with_close")) &&
                   (known.task = found("asyncio", "Task")) &&
                   (known.str_context = PyUnicode_InternFromString("context")) &&
                   (known.str_get = PyUnicode_InternFromString("get")) &&
                   (known.str_close = PyUnicode_InternFromString("close")) &&
                   (known.str_throw = PyUnicode_InternFromString("throw")) &&
                   (known.str_remote_port = PyUnicode_InternFromString("REMOTE_PORT")) &&
                   (known.zero = PyLong_FromLong(0))
               ? find_places()
               : -1;
}

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "asgi_vs_wsgi.server_targets.probe._native",
    .m_doc = "The hot parts of the probe, compiled.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit__native(void) {
    static PyTypeObject *types[] = {&RingType,       &LaneSlotType, &RecorderType, &StepsType,    &ProbedWsgiType,
                                    &ServingType,    &PollType,     &ScheduleType, &CallbackType, NULL};
    static PyTypeObject *named[] = {&RingType,       &LaneSlotType, &RecorderType, &StepsType,
                                    &ProbedWsgiType, &PollType,     &ScheduleType, NULL};
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "what it knows of Python is the main interpreter's");
        return NULL;
    }
    if (find_known() < 0) return NULL;
    if (pthread_atfork(NULL, NULL, forget_threads)) return PyErr_NoMemory();
    for (PyTypeObject **type = types; *type; type++)
        if (PyType_Ready(*type) < 0) return NULL;
    PyObject *made = PyModule_Create(&module);
    for (PyTypeObject **type = named; made && *type; type++)
        if (PyModule_AddType(made, *type) < 0) Py_CLEAR(made);
    if (made && (add_lines(made) < 0 || add_steps(made) < 0 || add_pauses(made) < 0)) Py_CLEAR(made);
    return made;
}
