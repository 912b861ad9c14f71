// Ends or stops the process that it is preloaded into at an exact place of a run's journal.
//
//     KILLPOINT="MOMENT LINE SIGNAL DELAY_US TEXT"
//
// LINE counts the lines that this process writes to a file named journal.jsonl and that contain TEXT, from 1; an empty TEXT
// is contained in each. MOMENT is `before` the line is written, `written` before it is on disk, or `synced`. With a delay the
// process goes on for so long. Programs that the process starts are left alone: the variables go before main begins.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char moment[16], text[128];
static int signal_number, delay_us;
static long wanted, seen;
static bool is_armed, is_due;
static ssize_t (*next_write)(int, const void *, size_t);
static int (*next_fdatasync)(int);

__attribute__((constructor)) static void arm(void) {
    next_write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    next_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    const char *order = getenv("KILLPOINT");
    is_armed = order && sscanf(order, "%15s %ld %d %d %127[^\n]", moment, &wanted, &signal_number, &delay_us, text) >= 4;
    unsetenv("KILLPOINT");
    unsetenv("LD_PRELOAD");
}

static bool is_journal(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path);
    static const char name[] = "/journal.jsonl";
    size_t tail = sizeof name - 1;
    return length > (ssize_t)tail && memcmp(path + length - tail, name, tail) == 0;
}

static void *strike_later(void *unused) {
    (void)unused;
    usleep(delay_us);
    kill(getpid(), signal_number);
    return NULL;
}

static void strike(void) {
    is_armed = false;
    pthread_t thread;
    if (delay_us > 0 && pthread_create(&thread, NULL, strike_later, NULL) == 0) {
        pthread_detach(thread);
    } else {
        // To this very thread: it does not return from the call.
        syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), signal_number);
    }
}

// The journal is written by one thread at a time, so the counters need no lock.
ssize_t write(int descriptor, const void *bytes, size_t count) {
    bool is_it = false;
    if (is_armed && is_journal(descriptor)) {
        bool counts = text[0] == 0 || memmem(bytes, count, text, strlen(text)) != NULL;
        is_it = counts && ++seen == wanted;
    }
    if (is_it && strcmp(moment, "before") == 0) strike();
    ssize_t written = next_write(descriptor, bytes, count);
    if (is_it && strcmp(moment, "written") == 0) strike();
    if (is_it && strcmp(moment, "synced") == 0) is_due = true;
    return written;
}

int fdatasync(int descriptor) {
    int result = next_fdatasync(descriptor);
    if (is_armed && is_due && is_journal(descriptor)) strike();
    return result;
}
