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
    unsigned long thread_id;
    PyCodeObject *code; /* a new reference, NULL for a thread that runs no Python code */
    int line;
} Line;

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

/* 1 where code in `filename` is the user's; what is found out once is kept in `is_users`. -1 with an error set. */
static int users(PyObject *filename, PyObject *is_users, PyObject *folder, PyObject *others) {
    if (!PyUnicode_CheckExact(filename)) return 0; /* its hash or comparison could be Python code */
    PyObject *kept = PyDict_GetItemWithError(is_users, filename);
    if (kept) return kept == Py_True;
    if (PyErr_Occurred()) return -1;
    int own = PyUnicode_GET_LENGTH(folder) && PyUnicode_Tailmatch(filename, folder, 0, PY_SSIZE_T_MAX, -1) == 1;
    int other = 0;
    for (Py_ssize_t at = 0; !own && !other && at < PyTuple_GET_SIZE(others); at++)
        other = PyUnicode_Tailmatch(filename, PyTuple_GET_ITEM(others, at), 0, PY_SSIZE_T_MAX, -1) == 1;
    if (PyDict_SetItem(is_users, filename, own || !other ? Py_True : Py_False) < 0) return -1;
    return own || !other;
}

/* The innermost line of the user's; where a thread has none, the innermost line. -1 with an error set. */
static int find_line(Line *line, PyThreadState *thread, PyObject *is_users, PyObject *folder, PyObject *others) {
    struct _PyInterpreterFrame *frame = top_of(thread), *found = NULL;
    for (int depth = 0; frame && depth < DEEPEST; depth++, frame = frame->previous) {
        PyCodeObject *code = code_of(frame);
        if (!code) continue;
        if (!found) found = frame;
        int is = users(code->co_filename, is_users, folder, others);
        if (is < 0) return -1;
        if (!is) continue;
        found = frame;
        break;
    }
    if (!found) return 0;
    line->code = (PyCodeObject *)Py_NewRef(executable(found));
    int at = PyCode_Addr2Line(line->code, (int)(instruction(found) - _PyCode_CODE(line->code)) * (int)sizeof(_Py_CODEUNIT));
    line->line = at < 0 ? 0 : at;
    return 0;
}

static int read_all(Line *lines, Py_ssize_t count, PyObject *is_users, PyObject *folder, PyObject *others) {
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; thread; thread = PyThreadState_Next(thread))
        for (Py_ssize_t at = 0; at < count; at++)
            if (lines[at].thread_id == thread->thread_id && !lines[at].code &&
                find_line(&lines[at], thread, is_users, folder, others) < 0)
                return -1;
    return 0;
}

static PyObject *as_list(Line *lines, Py_ssize_t count) {
    PyObject *list = PyList_New(count);
    for (Py_ssize_t at = 0; list && at < count; at++) {
        PyObject *pair = lines[at].code ? Py_BuildValue("(Oi)", lines[at].code, lines[at].line) : Py_NewRef(Py_None);
        if (!pair) Py_CLEAR(list);
        else PyList_SET_ITEM(list, at, pair);
    }
    return list;
}

static PyObject *take_lines(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *thread_ids, *is_users, *folder, *others;
    if (!PyArg_ParseTuple(
            args, "O!O!UO!", &PyList_Type, &thread_ids, &PyDict_Type, &is_users, &folder, &PyTuple_Type, &others))
        return NULL;
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(others); at++)
        if (!PyUnicode_Check(PyTuple_GET_ITEM(others, at))) {
            PyErr_SetString(PyExc_TypeError, "others: a tuple of str");
            return NULL;
        }
    Py_ssize_t count = PyList_GET_SIZE(thread_ids);
    if (count > MOST) {
        PyErr_Format(PyExc_ValueError, "%d threads at most", MOST);
        return NULL;
    }
    Line lines[MOST] = {{0}};
    for (Py_ssize_t at = 0; at < count; at++) {
        lines[at].thread_id = PyLong_AsUnsignedLong(PyList_GET_ITEM(thread_ids, at));
        if (PyErr_Occurred()) return NULL;
    }
    int failed = read_all(lines, count, is_users, folder, others);
    PyObject *list = failed ? NULL : as_list(lines, count);
    for (Py_ssize_t at = 0; at < count; at++) Py_XDECREF(lines[at].code);
    return list;
}

static PyMethodDef methods[] = {
    {"take_lines", take_lines, METH_VARARGS,
     "take_lines(thread_ids, is_users, folder, others): (code, line) of each thread, None for one that is not there."},
    {NULL},
};

int add_lines(PyObject *module) { return PyModule_AddFunctions(module, methods); }

#else

int add_lines(PyObject *Py_UNUSED(module)) { return 0; }

#endif
