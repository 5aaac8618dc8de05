/* take_lines: at which of the user's lines each thread is, without letting one frame outlive the look.
   See sampling/source_location.py, which says why that matters.

   The frames of other threads are read in place and only while we hold the GIL: nothing here runs Python code, makes
   an object that the collector counts, or frees one, until all has been read. A frame *object* is never made: its
   thread would have to hand its locals over to it on return. So the interpreter's own headers are needed, which come
   with it; an interpreter whose frames we do not know is read in Python. */

#include "native.h"

#if PY_VERSION_HEX >= 0x030b0000 && PY_VERSION_HEX < 0x030e0000 && !defined(Py_GIL_DISABLED) && \
    !defined(PYPY_VERSION) && __has_include("internal/pycore_frame.h")
#define READS_FRAMES 1
#define Py_BUILD_CORE 1
#include "internal/pycore_frame.h"
#endif

#ifdef READS_FRAMES

#define MOST 256          /* threads in one look; the sampler takes 64 */
#define DEEPEST 100000    /* frames; no stack that Python allows is deeper */

typedef struct {
    PyCodeObject *code; /* a new reference, NULL for none */
    int line;
} Line;

typedef struct {
    unsigned long thread_id;
    Line own, innermost; /* of the user's, and of all; the latter only where it is not the user's */
} Found;

/* What is asked of every frame. */
typedef struct {
    PyObject *is_users, *folder, *others, *ours;
    PyObject *hand_on; /* (end of a file's name, function): what is further out only waits for what is within */
} Whose;

#if PY_VERSION_HEX >= 0x030d0000
static struct _PyInterpreterFrame *top_of(PyThreadState *thread) { return thread->current_frame; }
static PyObject *executable(struct _PyInterpreterFrame *frame) { return frame->f_executable; }
static _Py_CODEUNIT *instruction(struct _PyInterpreterFrame *frame) { return frame->instr_ptr; }
#else
/* A thread that is being made has no C frame yet. */
static struct _PyInterpreterFrame *top_of(PyThreadState *thread) {
    return thread->cframe ? thread->cframe->current_frame : NULL;
}
static PyObject *executable(struct _PyInterpreterFrame *frame) { return (PyObject *)frame->f_code; }
static _Py_CODEUNIT *instruction(struct _PyInterpreterFrame *frame) { return frame->prev_instr; }
#endif

/* The code that a frame runs; NULL for one that has not begun, or stands on the C stack between two of them. */
static PyCodeObject *code_of(struct _PyInterpreterFrame *frame) {
    PyObject *code = executable(frame);
#if PY_VERSION_HEX >= 0x030c0000
    if (frame->owner == FRAME_OWNED_BY_CSTACK) return NULL;
#endif
    if (!code || !PyCode_Check(code)) return NULL;
    PyCodeObject *known_code = (PyCodeObject *)code;
    if (frame->owner != FRAME_OWNED_BY_GENERATOR &&
        instruction(frame) < _PyCode_CODE(known_code) + known_code->_co_firsttraceable)
        return NULL;
    return known_code;
}

enum { FAILED = -1, OTHERS, USERS, OURS };

static int begins_with(PyObject *filename, PyObject *start) {
    return PyUnicode_Tailmatch(filename, start, 0, PY_SSIZE_T_MAX, -1) == 1;
}

/* Whose code in `filename` is; what is found out once is kept in `is_users`, None for ours. FAILED with an error set. */
static int whose_is(PyObject *filename, Whose *whose) {
    if (!PyUnicode_CheckExact(filename)) return OTHERS; /* its hash or comparison could be Python code */
    PyObject *kept = PyDict_GetItemWithError(whose->is_users, filename);
    if (kept) return kept == Py_True ? USERS : kept == Py_None ? OURS : OTHERS;
    if (PyErr_Occurred()) return FAILED;
    int is = PyUnicode_GET_LENGTH(whose->folder) && begins_with(filename, whose->folder) ? USERS : OTHERS;
    for (Py_ssize_t at = 0; is == USERS && at < PyTuple_GET_SIZE(whose->others); at++) {
        PyObject *other = PyTuple_GET_ITEM(whose->others, at); /* an environment may lie in a project's folder */
        int within = PyUnicode_GET_LENGTH(other) > PyUnicode_GET_LENGTH(whose->folder);
        if (within && begins_with(other, whose->folder) && begins_with(filename, other)) is = OTHERS;
    }
    if (is == OTHERS && begins_with(filename, whose->ours)) {
        is = OURS;
    } else if (is == OTHERS) {
        int other = 0;
        for (Py_ssize_t at = 0; !other && at < PyTuple_GET_SIZE(whose->others); at++)
            other = begins_with(filename, PyTuple_GET_ITEM(whose->others, at));
        is = other ? OTHERS : USERS;
    }
    PyObject *told = is == USERS ? Py_True : is == OURS ? Py_None : Py_False;
    return PyDict_SetItem(whose->is_users, filename, told) < 0 ? FAILED : is;
}

static int hands_on(PyCodeObject *code, PyObject *which) {
    if (!PyUnicode_CheckExact(code->co_name) || !PyUnicode_CheckExact(code->co_filename)) return 0;
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(which); at++) {
        PyObject *end = PyTuple_GET_ITEM(which, at);
        if (PyUnicode_Compare(code->co_name, PyTuple_GET_ITEM(end, 1)) == 0 &&
            PyUnicode_Tailmatch(code->co_filename, PyTuple_GET_ITEM(end, 0), 0, PY_SSIZE_T_MAX, 1) == 1)
            return 1;
    }
    return 0;
}

static Line line_of(struct _PyInterpreterFrame *frame) {
    Line line = {(PyCodeObject *)Py_NewRef(executable(frame)), 0};
    int at = PyCode_Addr2Line(line.code, (int)(instruction(frame) - _PyCode_CODE(line.code)) * (int)sizeof(_Py_CODEUNIT));
    line.line = at < 0 ? 0 : at;
    return line;
}

/* 0, or -1 with an error set. */
static int find_lines(Found *found, PyThreadState *thread, Whose *whose) {
    struct _PyInterpreterFrame *frame = top_of(thread), *innermost = NULL, *own = NULL;
    for (int depth = 0; frame && !own && depth < DEEPEST; depth++, frame = frame->previous) {
        PyCodeObject *code = code_of(frame);
        if (!code) continue;
        int is = whose_is(code->co_filename, whose);
        if (is == FAILED) return -1;
        if (!innermost && is != OURS) innermost = frame;
        if (is == USERS) own = frame;
        else if (hands_on(code, whose->hand_on)) break;
    }
    if (own) found->own = line_of(own);
    if (innermost && innermost != own) found->innermost = line_of(innermost);
    return 0;
}

static int read_all(Found *found, Py_ssize_t count, Whose *whose) {
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; thread; thread = PyThreadState_Next(thread))
        for (Py_ssize_t at = 0; at < count; at++)
            if (found[at].thread_id == thread->thread_id && !found[at].own.code && !found[at].innermost.code &&
                find_lines(&found[at], thread, whose) < 0)
                return -1;
    return 0;
}

static PyObject *as_pair(Line line) {
    return line.code ? Py_BuildValue("(Oi)", line.code, line.line) : Py_NewRef(Py_None);
}

static PyObject *as_list(Found *found, Py_ssize_t count) {
    PyObject *list = PyList_New(count);
    for (Py_ssize_t at = 0; list && at < count; at++) {
        PyObject *own = as_pair(found[at].own), *innermost = as_pair(found[at].innermost);
        PyObject *both = own && innermost ? PyTuple_Pack(2, own, innermost) : NULL;
        Py_XDECREF(own);
        Py_XDECREF(innermost);
        if (!both) Py_CLEAR(list);
        else PyList_SET_ITEM(list, at, both);
    }
    return list;
}

static PyObject *take_lines(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *thread_ids;
    Whose whose;
    if (!PyArg_ParseTuple(
            args, "O!O!UO!UO!", &PyList_Type, &thread_ids, &PyDict_Type, &whose.is_users, &whose.folder, &PyTuple_Type,
            &whose.others, &whose.ours, &PyTuple_Type, &whose.hand_on))
        return NULL;
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(whose.hand_on); at++) {
        PyObject *end = PyTuple_GET_ITEM(whose.hand_on, at), *file, *name;
        if (!PyTuple_Check(end)) return PyErr_Format(PyExc_TypeError, "hand_on: a tuple of tuples");
        if (!PyArg_ParseTuple(end, "UU", &file, &name)) return NULL;
    }
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(whose.others); at++)
        if (!PyUnicode_Check(PyTuple_GET_ITEM(whose.others, at))) {
            PyErr_SetString(PyExc_TypeError, "others: a tuple of str");
            return NULL;
        }
    Py_ssize_t count = PyList_GET_SIZE(thread_ids);
    if (count > MOST) {
        PyErr_Format(PyExc_ValueError, "%d threads at most", MOST);
        return NULL;
    }
    Found found[MOST] = {{0}};
    for (Py_ssize_t at = 0; at < count; at++) {
        found[at].thread_id = PyLong_AsUnsignedLong(PyList_GET_ITEM(thread_ids, at));
        if (PyErr_Occurred()) return NULL;
    }
    int failed = read_all(found, count, &whose);
    PyObject *list = failed ? NULL : as_list(found, count);
    for (Py_ssize_t at = 0; at < count; at++) {
        Py_XDECREF(found[at].own.code);
        Py_XDECREF(found[at].innermost.code);
    }
    return list;
}

static PyMethodDef methods[] = {
    {"take_lines", take_lines, METH_VARARGS,
     "take_lines(thread_ids, is_users, folder, others, ours, hand_on): of each thread (code, line) of the user's and of all."},
    {NULL},
};

int add_lines(PyObject *module) { return PyModule_AddFunctions(module, methods); }

#else

int add_lines(PyObject *Py_UNUSED(module)) { return 0; }

#endif
