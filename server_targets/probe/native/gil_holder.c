/* pause: the sampler's sleep; and looks at all threads while it waits for the GIL afterwards. See sampling/gil_holder.py.

   Such looks are the work of a thread of its own, which has nothing to do with Python: it needs no GIL, takes no signal,
   and touches no object. It wakes when the sampler should have the GIL by now, and goes back to sleep where it does. What
   it saw is handed over in a row of entries that one thread writes and one reads. */

#include "native.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NS 1000000000u
#define LONG_NS 8000000u   /* gil_holder.LONG_NS */
#define APART_NS 5000000u  /* between two rounds of looks … */
#define PART_OF_WAIT 16    /* … and this part of how long the wait has lasted, so that a long one is no more to tell … */
#define PART_OF_TIME 5     /* … and so many times what a round takes: with many threads it takes longer */
#define ROOM 4096          /* looks; those beyond are left out */
#define STACK_BYTES 131072

typedef struct {
    uint64_t at_ns, cpu_ns;
    long tid;
    char line[40]; /* the beginning of /proc/self/task/TID/syscall: the number of the call and its first argument */
} Look;

static struct {
    uint64_t waits_since_ns; /* the sampler, for the GIL; 0: it does not */
    uint64_t wakes_ns;       /* when it is to, from its pause */
    uint64_t written, taken; /* looks, since the beginning */
    long sampler, watcher;   /* the kernel's ids of both threads */
    pid_t process;           /* in which the watcher runs: not in a forked child */
    sem_t begun;
    Look looks[ROOM];
} watch;

#define LOAD(field) __atomic_load_n(&watch.field, __ATOMIC_ACQUIRE)
#define STORE(field, value) __atomic_store_n(&watch.field, value, __ATOMIC_RELEASE)

static void sleep_until(uint64_t at_ns) {
    struct timespec at = {.tv_sec = (time_t)(at_ns / NS), .tv_nsec = (long)(at_ns % NS)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) continue;
}

/* ---- the watcher */

/* A thread's CPU clock by its kernel id, as in sampler.cpu_of; 0 when it is gone. */
static uint64_t cpu_of(long tid) {
    struct timespec now;
    if (clock_gettime((clockid_t)(~(unsigned)tid << 3 | 6), &now)) return 0;
    return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

static void look_at(long tid) {
    uint64_t written = watch.written;
    if (written - LOAD(taken) >= ROOM) return;
    Look *look = &watch.looks[written % ROOM];
    char path[48];
    snprintf(path, sizeof path, "/proc/self/task/%ld/syscall", tid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t length = read(file, look->line, sizeof look->line - 1);
    close(file);
    look->cpu_ns = cpu_of(tid);
    if (length <= 0 || !look->cpu_ns) return;
    look->line[length] = 0;
    look->tid = tid;
    look->at_ns = monotonic_ns();
    STORE(written, written + 1);
}

static void look_at_all(void) {
    DIR *folder = opendir("/proc/self/task");
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        long tid = strtol(entry->d_name, NULL, 10);
        if (tid > 0 && tid != watch.watcher && tid != watch.sampler) look_at(tid);
    }
    closedir(folder);
}

static uint64_t longest(uint64_t one, uint64_t other) { return one > other ? one : other; }

static void *run(void *Py_UNUSED(none)) {
    watch.watcher = syscall(SYS_gettid);
    sem_post(&watch.begun);
    for (;;) {
        uint64_t now_ns = monotonic_ns(), since_ns = LOAD(waits_since_ns);
        if (since_ns && now_ns >= since_ns + LONG_NS) {
            look_at_all();
            uint64_t after_ns = monotonic_ns();
            uint64_t apart_ns = longest(APART_NS, (now_ns - since_ns) / PART_OF_WAIT);
            sleep_until(after_ns + longest(apart_ns, (after_ns - now_ns) * (PART_OF_TIME - 1)));
        } else {
            sleep_until((since_ns ? since_ns : longest(now_ns, LOAD(wakes_ns))) + LONG_NS);
        }
    }
    return NULL;
}

static int start_thread(void) {
    pthread_attr_t how;
    pthread_t thread;
    sigset_t all, before;
    if (pthread_attr_init(&how)) return -1;
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&how, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, &how, run, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&how);
    return failed ? -1 : 0;
}

static PyObject *start_watching(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    watch.sampler = (long)PyThread_get_thread_native_id();
    if (watch.process == getpid()) return PyLong_FromLong(watch.watcher);
    watch.waits_since_ns = watch.wakes_ns = watch.written = watch.taken = 0;
    if (sem_init(&watch.begun, 0, 0) || start_thread()) return PyLong_FromLong(0);
    Py_BEGIN_ALLOW_THREADS
    while (sem_wait(&watch.begun)) continue;
    Py_END_ALLOW_THREADS
    watch.process = getpid();
    return PyLong_FromLong(watch.watcher);
}

/* ---- the sampler */

static PyObject *taken_looks(uint64_t since_ns) {
    uint64_t written = LOAD(written);
    PyObject *list = PyList_New(0);
    for (uint64_t at = watch.taken; list && at < written; at++) {
        Look *look = &watch.looks[at % ROOM];
        if (look->at_ns < since_ns) continue; /* of a wait before, by a watcher that was held up */
        PyObject *told = Py_BuildValue("(lKKy)", look->tid, look->at_ns, look->cpu_ns, look->line);
        if (!told || PyList_Append(list, told) < 0) Py_CLEAR(list);
        Py_XDECREF(told);
    }
    STORE(taken, written);
    return list;
}

static PyObject *pause_for(PyObject *Py_UNUSED(module), PyObject *seconds) {
    double pause_s = PyFloat_AsDouble(seconds);
    if (pause_s == -1 && PyErr_Occurred()) return NULL;
    uint64_t since_ns, wakes_ns = monotonic_ns() + (pause_s > 0 ? (uint64_t)(pause_s * NS) : 0);
    STORE(wakes_ns, wakes_ns);
    Py_BEGIN_ALLOW_THREADS
    sleep_until(wakes_ns);
    since_ns = monotonic_ns();
    STORE(waits_since_ns, since_ns);
    Py_END_ALLOW_THREADS
    STORE(waits_since_ns, 0);
    return taken_looks(since_ns);
}

static PyObject *looks_so_far(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    uint64_t since_ns = LOAD(waits_since_ns);
    if (!since_ns || monotonic_ns() < since_ns + LONG_NS) Py_RETURN_NONE;
    return taken_looks(since_ns);
}

static PyMethodDef functions[] = {
    {"start_watching", start_watching, METH_NOARGS,
     "start_watching(): the kernel's id of the thread that looks while the calling one waits for the GIL; 0: none."},
    {"pause", pause_for, METH_O,
     "pause(seconds): (kernel id, when, CPU clock, system call) of each look at a thread while it waited for the GIL."},
    {"looks_so_far", looks_so_far, METH_NOARGS,
     "looks_so_far(): the same of a wait that lasts yet, for whoever has the GIL; None where there is no long one."},
    {NULL},
};

int add_pauses(PyObject *module) { return PyModule_AddFunctions(module, functions); }
