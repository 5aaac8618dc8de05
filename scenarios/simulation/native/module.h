/* The engine as a Python object, and what is read into it. */

#ifndef SIMULATION_MODULE_H
#define SIMULATION_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "engine.h"

enum { MOST_VIEWS = 40 };

typedef struct {
    PyObject_HEAD
    Engine engine;
    Py_buffer views[MOST_VIEWS];
    int view_count, busy;
} EngineObject;

#pragma GCC visibility push(hidden)

/* reading.c: 0, or -1 with a Python error. `recorded`: whether there are columns for waits. */
int read_all(EngineObject *self, PyObject *model, PyObject *load, PyObject *rows, int *recorded);
int bad(const char *what);
void *zeroed(int64_t count, size_t size); /* NULL with a Python error */

#pragma GCC visibility pop

#endif
