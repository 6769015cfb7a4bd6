#define _GNU_SOURCE 1
#include "novi_process.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOVI_P_PIDFD = 3 };

int novi_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int novi_pidfd_duplicate(int pidfd, int fd) {
    return (int)syscall(438 /* pidfd_getfd */, pidfd, fd, 0);
}

int novi_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static int64_t nanoseconds(struct timeval time) {
    return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

static int wait_for(int kind, int id, int keeps_zombie, novi_exit *out, novi_usage *usage) {
    siginfo_t info;
    struct rusage used;
    memset(&used, 0, sizeof used);
    memset(&info, 0, sizeof info);
    int options = WEXITED | WNOHANG | (keeps_zombie ? WNOWAIT : 0);
    // The raw call: glibc's waitid has no rusage.
    long result;
    do {
        result = syscall(SYS_waitid, kind, id, &info, options, &used);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    out->pid = info.si_pid;
    out->code = info.si_code;
    out->status = info.si_status;
    if (usage != NULL) {
        usage->user_nanoseconds = nanoseconds(used.ru_utime);
        usage->system_nanoseconds = nanoseconds(used.ru_stime);
        usage->maximum_resident_bytes = (int64_t)used.ru_maxrss * 1024;
    }
    return 0;
}

int novi_wait_pidfd(int pidfd, int keeps_zombie, novi_exit *exit, novi_usage *usage) {
    return wait_for(NOVI_P_PIDFD, pidfd, keeps_zombie, exit, usage);
}

int novi_wait_pid(pid_t pid, int keeps_zombie, novi_exit *exit, novi_usage *usage) {
    return wait_for(pid == 0 ? P_ALL : P_PID, pid, keeps_zombie, exit, usage);
}

// linux/pidfd.h of Linux 6.15, first published size; kernels with a longer struct accept it.
struct pidfd_info_v0 {
    uint64_t mask;
    uint64_t cgroup_id;
    uint32_t pid, tgid, ppid;
    uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
};

int novi_pidfd_exit_status(int pidfd, int *status) {
    enum { INFO_EXIT = 1 << 3 };
    struct pidfd_info_v0 info;
    memset(&info, 0, sizeof info);
    info.mask = INFO_EXIT;
    if (ioctl(pidfd, _IOWR(0xFF, 11, struct pidfd_info_v0), &info) < 0) return -1;
    if (!(info.mask & INFO_EXIT)) return 0;
    *status = info.exit_code;
    return 1;
}

void novi_split_wait_status(int status, novi_exit *out) {
    if (WIFEXITED(status)) {
        out->code = CLD_EXITED;
        out->status = WEXITSTATUS(status);
    } else {
        out->code = WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;
        out->status = WTERMSIG(status);
    }
}

void novi_keep_heap_small(void) {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    mallopt(M_TRIM_THRESHOLD, 64 * 1024);
}

void novi_trim_memory(void) {
    malloc_trim(0);
}

static int unmap_object(struct dl_phdr_info *object, size_t size, void *page_size) {
    (void)size;
    uintptr_t mask = *(const uintptr_t *)page_size - 1;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        // Segments that can be written hold relocated addresses and variables: those would be lost.
        if (part->p_type != PT_LOAD || (part->p_flags & PF_W)) continue;
        uintptr_t start = object->dlpi_addr + part->p_vaddr;
        uintptr_t end = (start + part->p_memsz + mask) & ~mask;
        start &= ~mask;
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void novi_unmap_program(void) {
    uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(unmap_object, &page_size);
}

int novi_set_child_subreaper(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int novi_is_dumpable(void) {
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
}

int novi_set_process_name(const char *name) {
    return prctl(PR_SET_NAME, name, 0, 0, 0);
}

int novi_ignore_signal(int signal) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    return sigaction(signal, &action, NULL);
}

int novi_block_signals(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) {
        if (sigaddset(&set, signals[i]) < 0) return -1;
    }
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error == 0) return 0;
    errno = error;
    return -1;
}

int novi_get_resource_limit(int resource, uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) < 0) return -1;
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return 0;
}

int novi_set_resource_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

const char *novi_error_name(int error) {
    return strerrorname_np(error);
}

const char *novi_error_text(int error) {
    return strerrordesc_np(error);
}

void novi_lower_thread_priority(void) {
    int thread = (int)syscall(SYS_gettid);
    // Linux: nice values belong to threads (setpriority(2), C library/kernel differences).
    setpriority(PRIO_PROCESS, (id_t)thread, 19);
    // IOPRIO_WHO_PROCESS, IOPRIO_CLASS_IDLE (ioprio_set(2)).
    syscall(SYS_ioprio_set, 1, thread, 3 << 13);
}
