// Starts a child by clone3(CLONE_VM | CLONE_VFORK | CLONE_PIDFD): the cost does not grow with our memory, the pidfd
// cannot miss its process, and a failure before exec is told with its stage.
//
// The child shares our memory while our thread waits. So in the child: no allocation, no stdio, no locks, and raw calls
// for credentials (glibc's set*id wrappers would signal the threads of the parent, whose list it sees).
#define _GNU_SOURCE 1
#include "novi_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#define NOVI_CLONE_INTO_CGROUP 0x200000000ULL
#define NOVI_CLOSE_RANGE_CLOEXEC 4

struct child {
    const novi_spawn_plan *plan;
    pid_t parent;
    int joins_cgroup;  // clone() cannot place the child; it moves itself
    volatile int stage, error, detail;
    int lifted[NOVI_SPAWN_MAX_DESCRIPTORS];
};

static _Noreturn void fail(struct child *child, int stage, int detail) {
    child->error = errno;
    child->detail = detail;
    child->stage = stage;
    syscall(SYS_exit_group, 127);
    __builtin_unreachable();
}

static void write_decimal(char *text, unsigned long value) {
    char digits[24];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) *text++ = digits[--count];
    *text = 0;
}

// Ignored signals stay ignored over exec, and handlers must not run on the shared memory.
static void reset_signals(void) {
    unsigned long action[8] = {0};  // struct kernel_sigaction of SIG_DFL, whatever its length here
    for (int number = 1; number <= 64; number++) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        syscall(SYS_rt_sigaction, number, action, NULL, 8);
    }
}

static void unblock_signals(void) {
    unsigned long long none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
}

static int write_file(int folder, const char *path, const char *text) {
    int fd = openat(folder, path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t count = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return count < 0 ? -1 : 0;
}

static int set_oom_score(int score) {
    char text[16];
    char *digits = text;
    if (score < 0) *digits++ = '-';
    write_decimal(digits, score < 0 ? -(unsigned long)score : (unsigned long)score);
    return write_file(AT_FDCWD, "/proc/self/oom_score_adj", text);
}

// Lifts all sources above the target range, then brings them down: dup2 clears FD_CLOEXEC, but not of dup2(n, n).
static void arrange_descriptors(struct child *child) {
    const novi_spawn_plan *plan = child->plan;
    for (int i = 0; i < plan->descriptor_count; i++) {
        int source = plan->descriptors[i];
        if (source < 0) source = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (source < 0) fail(child, NOVI_STAGE_DESCRIPTORS, i);
        child->lifted[i] = fcntl(source, F_DUPFD_CLOEXEC, plan->descriptor_count);
        if (child->lifted[i] < 0) fail(child, NOVI_STAGE_DESCRIPTORS, i);
    }
    for (int i = 0; i < plan->descriptor_count; i++) {
        if (dup2(child->lifted[i], i) < 0) fail(child, NOVI_STAGE_DESCRIPTORS, i);
    }
    if (syscall(SYS_close_range, (unsigned)plan->descriptor_count, ~0U, NOVI_CLOSE_RANGE_CLOEXEC) < 0) {
        fail(child, NOVI_STAGE_DESCRIPTORS, -1);
    }
}

static void set_identity(struct child *child) {
    const novi_spawn_plan *plan = child->plan;
    if (syscall(SYS_setgroups, plan->group_count, plan->groups) < 0) fail(child, NOVI_STAGE_SETGROUPS, 0);
    if (syscall(SYS_setresgid, plan->group, plan->group, plan->group) < 0) fail(child, NOVI_STAGE_SETGID, 0);
    if (syscall(SYS_setresuid, plan->user, plan->user, plan->user) < 0) fail(child, NOVI_STAGE_SETUID, 0);
}

static int run_child(void *context) {
    struct child *child = context;
    const novi_spawn_plan *plan = child->plan;
    reset_signals();
    if (child->joins_cgroup && write_file(plan->cgroup, "cgroup.procs", "0") < 0) fail(child, NOVI_STAGE_CGROUP, 0);
    if (plan->new_session && syscall(SYS_setsid) < 0) fail(child, NOVI_STAGE_SETSID, 0);
    if (plan->sets_oom_score && set_oom_score(plan->oom_score) < 0) fail(child, NOVI_STAGE_OOM_SCORE, 0);
    if (plan->sets_nice && syscall(SYS_setpriority, PRIO_PROCESS, 0, plan->nice) < 0) {
        fail(child, NOVI_STAGE_NICE, 0);
    }
    // Before the limits: a small RLIMIT_NOFILE is meant for the program, not for these few calls.
    arrange_descriptors(child);
    for (size_t i = 0; i < plan->limit_count; i++) {
        struct {
            uint64_t soft, hard;
        } limit = {plan->limits[i].soft, plan->limits[i].hard};
        if (syscall(SYS_prlimit64, 0, plan->limits[i].resource, &limit, NULL) < 0) {
            fail(child, NOVI_STAGE_RLIMIT, plan->limits[i].resource);
        }
    }
    if (plan->sets_umask) syscall(SYS_umask, plan->umask);
    if (plan->sets_identity) set_identity(child);
    // After the user switch: the user's own rights count.
    if (plan->working_directory != NULL && syscall(SYS_chdir, plan->working_directory) < 0) {
        fail(child, NOVI_STAGE_CHDIR, 0);
    }
    if (plan->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        fail(child, NOVI_STAGE_NO_NEW_PRIVILEGES, 0);
    }
    if (plan->parent_death_signal != 0) {
        // After the user switch, which clears it. A parent that died before the call is seen by its absence.
        if (prctl(PR_SET_PDEATHSIG, plan->parent_death_signal, 0, 0, 0) < 0) {
            fail(child, NOVI_STAGE_PARENT_DEATH_SIGNAL, 0);
        }
        if (syscall(SYS_getppid) != child->parent) {
            errno = ESRCH;
            fail(child, NOVI_STAGE_PARENT_DEATH_SIGNAL, 0);
        }
    }
    if (plan->listen_pid != NULL) write_decimal(plan->listen_pid, (unsigned long)syscall(SYS_getpid));
    unblock_signals();
    syscall(SYS_execve, plan->path, plan->argv, plan->envp);
    fail(child, NOVI_STAGE_EXEC, 0);
}

// MARK: The child's stack, one per thread that spawns

enum { STACK_BYTES = 64 * 1024, GUARD_BYTES = 64 * 1024 };  // a guard of the largest page size

static pthread_key_t stack_key;
static pthread_once_t stack_once = PTHREAD_ONCE_INIT;

static void release_stack(void *base) {
    munmap(base, GUARD_BYTES + STACK_BYTES);
}

static void make_stack_key(void) {
    if (pthread_key_create(&stack_key, release_stack) != 0) stack_key = PTHREAD_KEYS_MAX;
}

static char *thread_stack(void) {
    pthread_once(&stack_once, make_stack_key);
    if (stack_key == PTHREAD_KEYS_MAX) {
        errno = EAGAIN;
        return NULL;
    }
    char *base = pthread_getspecific(stack_key);
    if (base == NULL) {
        base = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (base == MAP_FAILED) return NULL;
        if (mprotect(base, GUARD_BYTES, PROT_NONE) < 0 || pthread_setspecific(stack_key, base) != 0) {
            munmap(base, GUARD_BYTES + STACK_BYTES);
            errno = ENOMEM;
            return NULL;
        }
    }
    return base + GUARD_BYTES;
}

// MARK: clone

#if defined(__x86_64__)
struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

// clone3 has no glibc wrapper, and a child on another stack cannot return through one: call run_child there.
static long clone3_on_stack(struct clone_arguments *arguments, struct child *child) {
    long result;
    register long function __asm__("r8") = (long)run_child;
    register long context __asm__("r9") = (long)child;
    __asm__ volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "xor %%ebp, %%ebp\n\t"
        "mov %%r9, %%rdi\n\t"
        "call *%%r8\n\t"
        "hlt\n\t"
        "1:"
        : "=a"(result), "+r"(function), "+r"(context)
        : "0"(SYS_clone3), "D"(arguments), "S"(sizeof *arguments)
        : "rcx", "r11", "memory", "cc");
    return result;
}
#endif

static long start_child(struct child *child, char *stack, int *pidfd) {
    const novi_spawn_plan *plan = child->plan;
#if defined(__x86_64__)
    struct clone_arguments arguments = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = STACK_BYTES,
    };
    if (plan->cgroup >= 0) {
        arguments.flags |= NOVI_CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)plan->cgroup;
    }
    long pid = clone3_on_stack(&arguments, child);
    // Containers' seccomp profiles hide clone3 as ENOSYS (or, wrongly, EPERM); clone() does all but the cgroup.
    if (pid != -ENOSYS && pid != -EPERM) return pid;
#endif
    child->joins_cgroup = plan->cgroup >= 0;
    int result = clone(run_child, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, child, pidfd);
    return result < 0 ? -errno : result;
}

static int report(novi_spawn_result *result, int stage, int error, int detail) {
    result->pid = -1;
    result->pidfd = -1;
    result->stage = stage;
    result->error = error;
    result->detail = detail;
    return -1;
}

int novi_spawn(const novi_spawn_plan *plan, novi_spawn_result *result) {
    if (plan->descriptor_count < 0 || plan->descriptor_count > NOVI_SPAWN_MAX_DESCRIPTORS) {
        return report(result, NOVI_STAGE_DESCRIPTORS, E2BIG, plan->descriptor_count);
    }
    char *stack = thread_stack();
    if (stack == NULL) return report(result, NOVI_STAGE_CLONE, errno, 0);

    struct child child = {.plan = plan, .parent = getpid()};
    int pidfd = -1;
    int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &previous);
    long pid = start_child(&child, stack, &pidfd);
    // A change of user in the child cleared the flag of the memory that we share; our own core dumps and /proc/self
    // depend on it.
    if (plan->sets_identity && dumpable == 1) prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    pthread_setcancelstate(cancel_state, NULL);

    if (pid < 0) return report(result, NOVI_STAGE_CLONE, (int)-pid, 0);
    if (child.stage != NOVI_STAGE_NONE) {
        while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) {
        }
        close(pidfd);
        return report(result, child.stage, child.error, child.detail);
    }
    result->pid = (pid_t)pid;
    result->pidfd = pidfd;
    result->stage = NOVI_STAGE_NONE;
    result->error = 0;
    result->detail = 0;
    return 0;
}
