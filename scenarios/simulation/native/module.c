/* The module `asgi_vs_wsgi.scenarios.simulation._native`: the engine as a Python type.
 *
 * Numbers and columns are read from the attributes of Python's own objects by their names (system_model.py,
 * request_scripts.py, engine_state.RequestColumns). What lies in columns is checked here as far as it could make the
 * engine read or write outside of its memory, whoever filled them.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stddef.h>
#include <string.h>

#include "engine.h"

enum { MOST_VIEWS = 40 };

typedef struct {
    PyObject_HEAD
    Engine engine;
    Py_buffer views[MOST_VIEWS];
    int view_count, busy;
} EngineObject;

/* ---- what is read from attributes */

typedef struct { const char *name; enum { REAL, WHOLE } type; size_t offset; } Field;

#define FIELD(name, type) {#name, type, offsetof(Settings, name)}
static const Field of_machine[] = {FIELD(cores, REAL), FIELD(gil, WHOLE), FIELD(switch_interval_s, REAL), {0}};
static const Field of_workers[] = {
    FIELD(kind, WHOLE),         FIELD(workers, WHOLE),      FIELD(threads, WHOLE),          FIELD(hashed, WHOLE),
    FIELD(pick, WHOLE),         FIELD(accept_batch, WHOLE), FIELD(accept_cpu_s, REAL),      FIELD(most_connections, WHOLE),
    FIELD(limit_concurrency, WHOLE), FIELD(refusal_cpu_s, REAL), FIELD(cancels, WHOLE),     {0}};
static const Field of_model[] = {FIELD(backlog, WHOLE), {0}};
static const Field of_load[] = {FIELD(patience_s, REAL), FIELD(stop_s, REAL), {0}};
static const Field of_arrivals[] = {FIELD(requests, WHOLE), {0}};
static const Field of_poisson[] = {FIELD(rate, REAL), {0}};
static const Field of_closed[] = {FIELD(visitors, WHOLE), FIELD(think_s, REAL), FIELD(exponential, WHOLE), {0}};

static int read_fields(PyObject *owner, const Field *field, Settings *to) {
    if (!owner) return -1;
    for (; field->name; field++) {
        PyObject *found = PyObject_GetAttrString(owner, field->name);
        if (!found) return -1;
        char *place = (char *)to + field->offset;
        if (field->type == REAL) *(double *)place = PyFloat_AsDouble(found);
        else *(int64_t *)place = PyLong_AsLongLong(found);
        Py_DECREF(found);
        if (PyErr_Occurred()) return -1;
    }
    return 0;
}

static int read_owned(PyObject *owner, const char *name, const Field *field, Settings *to) {
    PyObject *found = PyObject_GetAttrString(owner, name);
    int failed = read_fields(found, field, to);
    Py_XDECREF(found);
    return failed;
}

/* The memory of an array of `count` items (any number where it is -1) of that typecode; NULL with an error. */
static void *view(EngineObject *self, PyObject *array, const char *name, const char *format, Py_ssize_t *count, int write) {
    Py_buffer *to = &self->views[self->view_count];
    if (self->view_count == MOST_VIEWS) {
        PyErr_SetString(PyExc_SystemError, "too many columns");
        return NULL;
    }
    if (PyObject_GetBuffer(array, to, PyBUF_FORMAT | PyBUF_ND | (write ? PyBUF_WRITABLE : 0)) < 0) return NULL;
    self->view_count++;
    Py_ssize_t items = to->itemsize ? to->len / to->itemsize : 0;
    if (!to->format || strcmp(to->format, format) || (*count >= 0 && items != *count)) {
        PyErr_Format(PyExc_ValueError, "column %s: %zd of %s", name, items, to->format ? to->format : "B");
        return NULL;
    }
    *count = items;
    return to->buf ? to->buf : "";
}

static void *column(EngineObject *self, PyObject *owner, const char *name, const char *format, Py_ssize_t *count, int write) {
    PyObject *array = PyObject_GetAttrString(owner, name);
    void *found = array ? view(self, array, name, format, count, write) : NULL;
    Py_XDECREF(array);
    return found;
}

static int read_rows(EngineObject *self, PyObject *rows, int *recorded) {
    Rows *to = &self->engine.rows;
    Py_ssize_t all = self->engine.is.requests, waits = -1;
    if (!(to->arrival_s = column(self, rows, "arrival_s", "d", &all, 1)) ||
        !(to->accepted_s = column(self, rows, "accepted_s", "d", &all, 1)) ||
        !(to->begin_s = column(self, rows, "begin_s", "d", &all, 1)) ||
        !(to->first_answer_s = column(self, rows, "first_answer_s", "d", &all, 1)) ||
        !(to->done_s = column(self, rows, "done_s", "d", &all, 1)) ||
        !(to->cpu_s = column(self, rows, "cpu_s", "d", &all, 1)) ||
        !(to->worker = column(self, rows, "worker", "i", &all, 1)) ||
        !(to->slot = column(self, rows, "slot", "i", &all, 1)) ||
        !(to->script = column(self, rows, "script", "i", &all, 1)) ||
        !(to->request_class = column(self, rows, "request_class", "h", &all, 1)) ||
        !(to->outcome = column(self, rows, "outcome", "b", &all, 1)) ||
        !(to->ended_s = column(self, rows, "ended_s", "d", &waits, 1)))
        return -1;
    *recorded = waits > 0;
    if (!*recorded) return 0;
    PyObject *spent = PyObject_GetAttrString(rows, "spent_s");
    int failed = !spent || !PyTuple_Check(spent) || PyTuple_GET_SIZE(spent) != STATES || waits != all;
    for (int state = 0; !failed && state < STATES; state++)
        failed = !(to->spent_s[state] = view(self, PyTuple_GET_ITEM(spent, state), "spent_s", "d", &all, 1));
    Py_XDECREF(spent);
    if (failed && !PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "columns of waits");
    return failed ? -1 : 0;
}

static int read_streams(Engine *e, PyObject *rows) {
    PyObject *random = PyObject_GetAttrString(rows, "random");
    for (long stream = STREAM_ARRIVAL; random && stream < STREAMS; stream++) {
        PyObject *key = PyLong_FromLong(stream), *start = key ? PyObject_GetItem(random, key) : NULL;
        if (start) e->random[stream] = PyLong_AsUnsignedLongLong(start);
        Py_XDECREF(key);
        Py_XDECREF(start);
        if (PyErr_Occurred()) break;
    }
    Py_XDECREF(random);
    return PyErr_Occurred() ? -1 : 0;
}

static int bad(const char *what) {
    PyErr_SetString(PyExc_ValueError, what);
    return -1;
}

static int read_scripts(EngineObject *self, PyObject *table) {
    Engine *e = &self->engine;
    Py_ssize_t classes = -1, starts = -1, steps = -1, shares = -1;
    PyObject *weights = PyObject_GetAttrString(table, "shares_column");
    int failed = !weights || !(e->shares = view(self, weights, "shares", "d", &shares, 0)) ||
                 !(e->class_start = column(self, table, "class_start", "i", &classes, 0)) ||
                 !(e->start = column(self, table, "start", "i", &starts, 0)) ||
                 !(e->op = column(self, table, "op", "B", &steps, 0)) ||
                 !(e->value = column(self, table, "value", "d", &steps, 0));
    Py_XDECREF(weights);
    if (failed) return -1;
    if (shares < 1 || classes != shares + 1 || e->class_start[0] != 0 || e->class_start[shares] != starts - 1)
        return bad("classes of scripts");
    for (Py_ssize_t kind = 0; kind < shares; kind++)
        if (e->class_start[kind] >= e->class_start[kind + 1]) return bad("a class without scripts");
    if (e->start[0] != 0 || e->start[starts - 1] != steps) return bad("starts of scripts");
    for (Py_ssize_t script = 0; script + 1 < starts; script++)
        if (e->start[script] >= e->start[script + 1] || e->start[script + 1] > steps || e->op[e->start[script + 1] - 1] != END)
            return bad("a script without an end");
    for (Py_ssize_t step = 0; step < steps; step++) {
        int op = e->op[step] >= DRAWN ? e->op[step] - DRAWN : e->op[step];
        if (op >= OPS) return bad("a step of no kind");
        if ((op == ACQUIRE || op == RELEASE) &&
            (e->op[step] >= DRAWN || !(e->value[step] >= 0 && e->value[step] < e->stations)))
            return bad("a station that is none");
    }
    e->classes = (int32_t)shares;
    return 0;
}

/* ---- what the engine keeps */

static void *zeroed(int64_t count, size_t size) {
    void *block = calloc(count > 0 ? (size_t)count : 1, size);
    if (!block) PyErr_NoMemory();
    return block;
}

static int make_places(Engine *e, PyObject *stations) {
    static const Field of_station[] = {{"places", WHOLE, offsetof(Settings, workers)},
                                       {"per_worker", WHOLE, offsetof(Settings, threads)}, {0}};
    Py_ssize_t count = PySequence_Size(stations);
    if (count < 0 || count > MOST_STATIONS) return bad("stations");
    for (e->stations = 0; e->stations < count; e->stations++) {
        Settings read;
        PyObject *station = PySequence_GetItem(stations, e->stations);
        int failed = read_fields(station, of_station, &read);
        Py_XDECREF(station);
        if (failed) return -1;
        e->per_worker[e->stations] = read.threads != 0;
        int64_t shares = read.threads ? e->is.workers : 1;
        if (!(e->places[e->stations] = zeroed(shares, sizeof(Place)))) return -1;
        for (int64_t share = 0; share < shares; share++) e->places[e->stations][share].free = (int32_t)read.workers;
    }
    return 0;
}

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

static int within(const int32_t *column, int64_t count, int32_t below) {
    for (int64_t row = 0; row < count; row++)
        if (column[row] < 0 || column[row] >= below) return bad("a row's script or worker");
    return 0;
}

static int read_load(EngineObject *self, PyObject *load) {
    Engine *e = &self->engine;
    PyObject *arrivals = PyObject_GetAttrString(load, "arrivals"), *given = NULL, *forced = NULL;
    int failed = !arrivals || read_fields(arrivals, of_arrivals, &e->is);
    if (!failed) {
        e->is.poisson = PyObject_HasAttrString(arrivals, "rate");
        e->is.closed = PyObject_HasAttrString(arrivals, "visitors");
        failed = (e->is.poisson && read_fields(arrivals, of_poisson, &e->is)) ||
                 (e->is.closed && read_fields(arrivals, of_closed, &e->is)) || read_fields(load, of_load, &e->is) ||
                 !(given = PyObject_GetAttrString(load, "script_of")) ||
                 !(forced = PyObject_GetAttrString(load, "worker_of"));
    }
    if (!failed) {
        Py_ssize_t all = e->is.requests;
        e->is.scripts_given = given != Py_None;
        if (forced != Py_None) failed = !(e->worker_of = view(self, forced, "worker_of", "i", &all, 0));
    }
    Py_XDECREF(arrivals);
    Py_XDECREF(given);
    Py_XDECREF(forced);
    return failed ? -1 : 0;
}

static int allowed(const Settings *is) {
    const int64_t most = 1000000000;
    return is->requests >= 1 && is->requests <= most && is->workers >= 1 && is->workers <= 100000 && is->threads >= 1 &&
           is->threads <= 100000 && is->kind >= POOL && is->kind <= LOOP && is->cores > 0 && is->switch_interval_s > 0;
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
    PyObject *model, *load, *rows, *scripts = NULL, *stations = NULL;
    int logged, recorded = 0;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "OOOp:Engine", &model, &load, &rows, &logged)) return NULL;
    EngineObject *self = (EngineObject *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    Engine *e = &self->engine;
    int failed = read_owned(model, "machine", of_machine, &e->is) || read_owned(model, "workers", of_workers, &e->is) ||
                 read_fields(model, of_model, &e->is) || read_load(self, load) || (!allowed(&e->is) && bad("numbers")) ||
                 read_rows(self, rows, &recorded) || read_streams(e, rows) ||
                 !(stations = PyObject_GetAttrString(model, "stations")) || make_places(e, stations) ||
                 !(scripts = PyObject_GetAttrString(load, "scripts")) || read_scripts(self, scripts) ||
                 (e->is.scripts_given && within(e->rows.script, e->is.requests, e->class_start[e->classes])) ||
                 (e->worker_of && within(e->worker_of, e->is.requests, (int32_t)e->is.workers)) ||
                 make_workers(e, recorded);
    Py_XDECREF(stations);
    Py_XDECREF(scripts);
    if (failed) {
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
