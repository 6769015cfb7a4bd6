// Processes: pidfd, wait, prctl, signals.
#pragma once

#include <stdint.h>

typedef struct novi_exit {
    int32_t pid;  // 0: nothing has ended
    int code;     // CLD_EXITED, CLD_KILLED, CLD_DUMPED
    int status;   // exit code or signal
} novi_exit;

typedef struct novi_usage {
    int64_t user_nanoseconds, system_nanoseconds;
    int64_t maximum_resident_bytes;
} novi_usage;

int novi_pidfd_open(int32_t pid);
int novi_pidfd_send_signal(int pidfd, int signal);
// A duplicate of another process's descriptor (pidfd_getfd(2)).
int novi_pidfd_duplicate(int pidfd, int fd);
// waitid(2) without blocking. With `keeps_zombie` the status can be read again. `usage` may be NULL.
int novi_wait_pidfd(int pidfd, int keeps_zombie, novi_exit *exit, novi_usage *usage);
// The same for a pid, or for any child when pid is 0.
int novi_wait_pid(int32_t pid, int keeps_zombie, novi_exit *exit, novi_usage *usage);
// Exit status of a process that somebody else reaped (PIDFD_GET_INFO, Linux 6.15). 1: *status is a wait status; 0: not
// known (yet); -1: errno, ENOTTY or EINVAL on older kernels.
int novi_pidfd_exit_status(int pidfd, int *status);
void novi_split_wait_status(int status, novi_exit *exit);

int novi_set_child_subreaper(void);
// 1 when core dumps and the owner's debugger are allowed.
int novi_is_dumpable(void);
// Gives free memory back to the kernel (malloc_trim(3)).
void novi_trim_memory(void);
// Unmaps the pages of our program and its libraries that nobody can have changed (madvise(2), MADV_DONTNEED). What is used
// again is mapped again from the page cache.
void novi_unmap_program(void);
// One arena, and large blocks given back when they are freed (mallopt(3)).
void novi_keep_heap_small(void);
// Lets the calling thread have what nobody else wants: nice 19, the idle class of disks.
void novi_lower_thread_priority(void);
int novi_set_process_name(const char *name);
int novi_ignore_signal(int signal);
int novi_block_signals(const int *signals, int count);

int novi_get_resource_limit(int resource, uint64_t *soft, uint64_t *hard);
int novi_set_resource_limit(int resource, uint64_t soft, uint64_t hard);

// Static texts: "EACCES" and "Permission denied"; NULL for unknown numbers.
const char *novi_error_name(int error);
const char *novi_error_text(int error);
