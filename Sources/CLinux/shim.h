#ifndef BATON_CLINUX_SHIM_H
#define BATON_CLINUX_SHIM_H

// Linux calls that Swift's Glibc module does not import. Each wrapper carries the module's name.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// A non-blocking, close-on-exec event counter; -1 and errno when the kernel refuses.
static inline int CLinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// pidfd_open(2), Linux 5.3: a handle to one process that no reuse of its number can redirect.
static inline int CLinux_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

// pidfd_send_signal(2), Linux 5.1.
static inline int CLinux_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

// fallocate(2) with FALLOC_FL_KEEP_SIZE: reserves space beyond the end of the file without making it longer.
static inline int CLinux_fallocate_keep_size(int fd, long long offset, long long length) {
    return (int)syscall(SYS_fallocate, fd, FALLOC_FL_KEEP_SIZE, offset, length);
}

// memfd_create(2), Linux 3.17: a close-on-exec file that exists in memory only; -1 and errno when the kernel refuses.
static inline int CLinux_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

#endif
