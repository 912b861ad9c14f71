#ifndef BATON_CLINUX_SHIM_H
#define BATON_CLINUX_SHIM_H

// Linux calls that Swift's Glibc module does not import. Each wrapper carries the module's name. No feature macro is
// defined here: it would change the C library's types in this module, and no two modules may differ in them.
#include <errno.h>
#include <linux/falloc.h>
#include <linux/memfd.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
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

// The environment of this process, as execve(2) takes it. Swift does not let a changeable global be read from a thread.
extern char **environ;
static inline char **CLinux_environment(void) { return environ; }

// The process that made a connected pair of sockets, by unix(7)'s SO_PEERCRED; -1 for anything else. The kernel's struct is
// written out, because glibc shows its own only with _GNU_SOURCE.
static inline int CLinux_socket_maker(int fd) {
    struct { int pid; unsigned uid, gid; } maker;
    socklen_t size = sizeof maker;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &maker, &size) == 0 ? maker.pid : -1;
}

// posix_spawn(3)'s POSIX_SPAWN_SETSID (glibc 2.26) and its way to close what is left open (glibc 2.34), for the same reason.
static inline short CLinux_spawn_setsid(void) { return 0x80; }
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
static inline int CLinux_spawn_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

// fallocate(2) with FALLOC_FL_KEEP_SIZE: reserves space beyond the end of the file without making it longer.
static inline int CLinux_fallocate_keep_size(int fd, long long offset, long long length) {
    return (int)syscall(SYS_fallocate, fd, FALLOC_FL_KEEP_SIZE, offset, length);
}

// memfd_create(2), Linux 3.17: a close-on-exec file that exists in memory only; -1 and errno when the kernel refuses.
static inline int CLinux_memory_file(const char *name) {
    return (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC);
}

// renameat2(2) with RENAME_EXCHANGE, Linux 3.15: two files or directories change places at once. Absolute paths only; -1 and
// errno where the kernel or the file system cannot.
static inline int CLinux_exchange(const char *one, const char *other) {
    return (int)syscall(SYS_renameat2, -1, one, -1, other, 1 << 1);
}

#endif
