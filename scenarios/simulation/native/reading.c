/* What the engine is told: numbers and columns, by the names of the attributes of Python's own objects.
 *
 * (system_model.py, request_scripts.py, engine_state.RequestColumns.) What lies in columns is checked here as far as it
 * could make the engine read or write outside of its memory, whoever filled them.
 */

#include "module.h"

#include <stddef.h>
#include <string.h>

/* ---- what is read from attributes */

typedef struct { const char *name; enum { REAL, WHOLE } type; size_t offset; } Field;

#define FIELD(name, type) {#name, type, offsetof(Settings, name)}
static const Field of_machine[] = {FIELD(cores, REAL), FIELD(gil, WHOLE), FIELD(switch_interval_s, REAL), {0}};
static const Field of_workers[] = {
    FIELD(kind, WHOLE),         FIELD(workers, WHOLE),      FIELD(threads, WHOLE),          FIELD(hashed, WHOLE),
    FIELD(pick, WHOLE),         FIELD(accept_batch, WHOLE), FIELD(accept_cpu_s, REAL),      FIELD(most_connections, WHOLE),
    FIELD(limit_concurrency, WHOLE), FIELD(refusal_cpu_s, REAL), FIELD(cancels, WHOLE),
    FIELD(collect_every, WHOLE), {0}};
static const Field of_crowd[] = {FIELD(least, REAL),       FIELD(most, REAL),  FIELD(times_least, REAL),
                                 FIELD(times_most, REAL),  FIELD(slope, REAL), {0}};
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

int bad(const char *what) {
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

/* Collections of garbage that were seen: one at least, where any are to be made. */
static int read_collections(EngineObject *self, PyObject *workers) {
    Engine *e = &self->engine;
    Py_ssize_t seen = -1;
    if (!(e->collections = column(self, workers, "collections_column", "d", &seen, 0))) return -1;
    if (seen > INT32_MAX || (e->is.collect_every && !seen)) return bad("collections of garbage");
    e->collections_seen = (int32_t)seen;
    return 0;
}

/* ---- stations, load */

void *zeroed(int64_t count, size_t size) {
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

int read_all(EngineObject *self, PyObject *model, PyObject *load, PyObject *rows, int *recorded) {
    Engine *e = &self->engine;
    PyObject *scripts = NULL, *stations = NULL, *workers = PyObject_GetAttrString(model, "workers");
    int failed = read_owned(model, "machine", of_machine, &e->is) || read_fields(workers, of_workers, &e->is) ||
                 read_owned(workers, "crowd", of_crowd, &e->is) || read_collections(self, workers) ||
                 read_fields(model, of_model, &e->is) || read_load(self, load) || (!allowed(&e->is) && bad("numbers")) ||
                 read_rows(self, rows, recorded) || read_streams(e, rows) ||
                 !(stations = PyObject_GetAttrString(model, "stations")) || make_places(e, stations) ||
                 !(scripts = PyObject_GetAttrString(load, "scripts")) || read_scripts(self, scripts) ||
                 (e->is.scripts_given && within(e->rows.script, e->is.requests, e->class_start[e->classes])) ||
                 (e->worker_of && within(e->worker_of, e->is.requests, (int32_t)e->is.workers));
    Py_XDECREF(workers);
    Py_XDECREF(stations);
    Py_XDECREF(scripts);
    return failed ? -1 : 0;
}
