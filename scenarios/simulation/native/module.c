/* The module `asgi_vs_wsgi.scenarios.simulation._native`: the engine as a Python type. */

#include "module.h"

#include <stddef.h>
#include <string.h>

static int make_workers(Engine *e, int recorded) {
    int64_t count = e->is.workers, threads = e->is.kind == LOOP ? 0 : e->is.threads;
    e->queues = e->is.hashed || e->worker_of ? (int32_t)count : 1;
    e->thread_capacity = (int32_t)count + 256;
    if (!(e->workers = zeroed(count, sizeof(Worker))) || !(e->idle = zeroed(count, sizeof(int32_t))) ||
        !(e->kernel_queues = zeroed(e->queues, sizeof(Queue))) ||
        !(e->threads = zeroed(e->thread_capacity, sizeof(Thread))) ||
        (recorded && !(e->spent = zeroed(e->thread_capacity, sizeof *e->spent))))
        return -1;
    for (int32_t thread = 0; thread < e->thread_capacity; thread++)
        e->threads[thread] = (Thread){.row = NONE, .worker = thread, .slot = NONE, .next = thread + 1, .previous = NONE};
    e->threads[e->thread_capacity - 1].next = NONE;
    e->free_thread = (int32_t)count;
    for (int32_t worker = 0; worker < count; worker++) {
        Worker *w = &e->workers[worker];
        w->holder = w->current = w->idle_at = NONE;
        if (!(w->free = zeroed(threads, sizeof(int32_t)))) return -1;
        while (w->free_slots < threads) {
            w->free[w->free_slots] = (int32_t)threads - 1 - w->free_slots;
            w->free_slots++;
        }
        set_idle(e, worker);
    }
    if (!(e->is.patience_s < INFINITY)) return 0;
    if (!(e->thread_of = zeroed(e->is.requests, sizeof(int32_t)))) return -1;
    memset(e->thread_of, 0xff, (size_t)e->is.requests * sizeof(int32_t));
    return 0;
}

/* ---- the type */

static void release(EngineObject *self) {
    Engine *e = &self->engine;
    while (self->view_count) PyBuffer_Release(&self->views[--self->view_count]);
    for (int64_t worker = 0; e->workers && worker < e->is.workers; worker++) free(e->workers[worker].free);
    for (int32_t queue = 0; e->kernel_queues && queue < e->queues; queue++) free(e->kernel_queues[queue].rows);
    for (int32_t station = 0; station < MOST_STATIONS; station++) free(e->places[station]);
    void *blocks[] = {e->workers, e->kernel_queues, e->threads, e->spent, e->running, e->timers, e->resumed, e->idle, e->thread_of,
                      e->intervals.row, e->intervals.step, e->intervals.state, e->intervals.on_loop, e->intervals.begin_s,
                      e->intervals.end_s};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) free(blocks[k]);
    memset(e, 0, sizeof *e);
}

static PyObject *engine_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    PyObject *model, *load, *rows;
    int logged, recorded = 0;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "OOOp:Engine", &model, &load, &rows, &logged)) return NULL;
    EngineObject *self = (EngineObject *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    Engine *e = &self->engine;
    if (read_all(self, model, load, rows, &recorded) || make_workers(e, recorded)) {
        Py_DECREF(self);
        return NULL;
    }
    e->logged = (int8_t)(logged && recorded);
    e->first_wave = e->is.closed ? (e->is.visitors < e->is.requests ? e->is.visitors : e->is.requests) : 0;
    e->issued = e->first_wave;
    Py_BEGIN_ALLOW_THREADS
    draw(e);
    Py_END_ALLOW_THREADS
    return (PyObject *)self;
}

static void engine_dealloc(EngineObject *self) {
    release(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int usable(EngineObject *self) {
    if (!self->busy && self->view_count) return 1;
    PyErr_SetString(PyExc_RuntimeError, self->busy ? "another thread uses it" : "it was through");
    return 0;
}

static PyObject *engine_advance(EngineObject *self, PyObject *arg) {
    long long events = PyLong_AsLongLong(arg);
    int over;
    if (PyErr_Occurred() || !usable(self)) return NULL;
    self->busy = 1;
    Py_BEGIN_ALLOW_THREADS
    over = advance(&self->engine, events);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    if (over < 0) {
        release(self);
        return PyErr_NoMemory();
    }
    return PyBool_FromLong(over);
}

static PyObject *engine_progress(EngineObject *self, PyObject *unused) {
    (void)unused;
    if (!usable(self)) return NULL;
    return PyFloat_FromDouble((double)self->engine.settled / (double)self->engine.is.requests);
}

static int put(PyObject *into, const char *name, PyObject *value) {
    int failed = !value || PyDict_SetItemString(into, name, value) < 0;
    Py_XDECREF(value);
    return failed;
}

static int put_bytes(PyObject *into, const char *name, const void *bytes, int64_t count, size_t size) {
    return put(into, name, PyBytes_FromStringAndSize(bytes, (Py_ssize_t)(count * (int64_t)size)));
}

/* One number for each worker, of that place in a Worker. */
static int put_of_workers(Engine *e, PyObject *into, const char *name, size_t offset) {
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(e->is.workers * (int64_t)sizeof(double)));
    for (int64_t worker = 0; bytes && worker < e->is.workers; worker++)
        memcpy(PyBytes_AS_STRING(bytes) + worker * (int64_t)sizeof(double), (char *)&e->workers[worker] + offset, sizeof(double));
    return put(into, name, bytes);
}

static int put_stations(Engine *e, PyObject *into) {
    double seconds[MOST_STATIONS] = {0};
    for (int32_t station = 0; station < e->stations; station++)
        for (int64_t share = 0; share < (e->per_worker[station] ? e->is.workers : 1); share++) {
            count_places(&e->places[station][share], 0, e->now);
            seconds[station] += e->places[station][share].seconds;
        }
    return put_bytes(into, "total_station_s", seconds, e->stations, sizeof(double));
}

/* Totals, and as bytes the columns that have grown; the memory is given back, and the rows may be resized again. */
static PyObject *engine_told(EngineObject *self, PyObject *unused) {
    (void)unused;
    if (!usable(self)) return NULL;
    Engine *e = &self->engine;
    Intervals *all = &e->intervals;
    for (int64_t worker = 0; worker < e->is.workers; worker++) {
        Worker *w = &e->workers[worker];
        count_busy(w, 0, e->now);
        if (w->holder != NONE) w->gil_s += e->now - w->gil_since;
        if (w->main_busy) w->main_s += e->now - w->main_since;
    }
    PyObject *told = PyDict_New();
    if (told &&
        (put(told, "total_end_s", PyFloat_FromDouble(e->now)) || put(told, "total_core_s", PyFloat_FromDouble(e->core_s)) ||
         put(told, "total_system_s", PyFloat_FromDouble(e->system_s)) ||
         put(told, "total_most_in_system", PyLong_FromLongLong(e->most_in_system)) ||
         put(told, "total_events", PyLong_FromLongLong(e->events)) ||
         put(told, "total_syn_drops", PyLong_FromLongLong(e->syn_drops)) ||
         put(told, "total_gil_switches", PyLong_FromLongLong(e->gil_switches)) ||
         put_of_workers(e, told, "total_slot_s", offsetof(Worker, slot_s)) ||
         put_of_workers(e, told, "total_gil_s", offsetof(Worker, gil_s)) ||
         put_of_workers(e, told, "total_main_s", offsetof(Worker, main_s)) || put_stations(e, told) ||
         put_bytes(told, "interval_row", all->row, all->count, sizeof *all->row) ||
         put_bytes(told, "interval_step", all->step, all->count, sizeof *all->step) ||
         put_bytes(told, "interval_state", all->state, all->count, sizeof *all->state) ||
         put_bytes(told, "interval_on_loop", all->on_loop, all->count, sizeof *all->on_loop) ||
         put_bytes(told, "interval_begin_s", all->begin_s, all->count, sizeof *all->begin_s) ||
         put_bytes(told, "interval_end_s", all->end_s, all->count, sizeof *all->end_s)))
        Py_CLEAR(told);
    release(self);
    return told;
}

static PyMethodDef engine_methods[] = {
    {"advance", (PyCFunction)engine_advance, METH_O, "Carries on for as many events; True once it is over."},
    {"progress", (PyCFunction)engine_progress, METH_NOARGS, "The part of the requests whose clients are through."},
    {"told", (PyCFunction)engine_told, METH_NOARGS, "Totals and intervals, once; it is through then."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject EngineType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "asgi_vs_wsgi.scenarios.simulation._native.Engine",
    .tp_basicsize = sizeof(EngineObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Engine(model, load, rows, logged): one simulation.",
    .tp_new = engine_new,
    .tp_dealloc = (destructor)engine_dealloc,
    .tp_methods = engine_methods,
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "asgi_vs_wsgi.scenarios.simulation._native",
    .m_doc = "The simulator's engine, compiled.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit__native(void) {
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddType(made, &EngineType) < 0) Py_CLEAR(made);
    return made;
}
