// The parent of the daemon where no service manager is: starts it again when it died, reaps what was orphaned meanwhile and
// tells how that ended, and holds descriptors for the next one. It does nothing else, so that it has no reason to die itself, and it is small, because it always runs.
//
//     noviKeeper [--again] [--ready-fd N] [--keep-fd N] RUN_FOLDER COMMITTED_PROGRAM PROGRAM [ARGUMENT…]
//     noviKeeper --launch RUN_FOLDER COMMITTED_PROGRAM PROGRAM [ARGUMENT…]
//     noviKeeper --anchor
//
// With --launch it only chooses which program to start, becomes it and is gone: for service managers, which start again
// themselves. With --anchor it stays for ever in the scope it was started in. Files and the format of reports: docs/PROTOCOL.md.
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store.h"

// swiftc links every product and would make this one need Swift's runtime: what is not used shall not be loaded.
__attribute__((section(".swift1_autolink_entries"), used)) static const char linker_options[] = "-Wl,--as-needed";

/// How a child ended, as the daemon reads it from its pipe; 24 bytes, in this machine's byte order.
struct report {
    uint64_t start_ticks; // field 22 of /proc/PID/stat: tells the process from a later one with its number
    int32_t pid;
    int32_t status; // as of wait(2)
    uint32_t was_daemon;
    uint32_t reserved;
};

enum {
    REMEMBERED = 1024,      // the last so many reports are told to every new daemon
    SHORTEST_DELAY = 100,   // milliseconds; the first start after a good life comes at once
    LONGEST_DELAY = 10000,
    GOOD_LIFE = 1000,       // since its start, of a daemon that got ready
    LOCK_PATIENCE = 10000,
    MAXIMUM_ARGUMENTS = 64,
};

static struct report remembered[REMEMBERED];
static unsigned long reported;
static int report_pipe = -1; // to the daemon that lives

static const char *self, *run_folder, *committed_program, *program;
static char **arguments; // those of the daemon, without its name
static char boot[64];
static sigset_t watched;
static int signal_fd = -1, ready_fd = -1, keep_fd = -1, is_again;

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/// Reads a small file; it ends with NUL, cut where there is no room.
static ssize_t read_text(const char *path, char *text, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return -1;
    ssize_t count = read(fd, text, size - 1);
    close(fd);
    text[count < 0 ? 0 : count] = 0;
    return count;
}

static uint64_t start_ticks(pid_t pid) {
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_text(path, text, sizeof text) <= 0) return 0;
    // The second field is a name in brackets that may hold anything; of those behind it the twentieth is meant.
    char *field = strrchr(text, ')');
    for (int i = 0; field != NULL && i < 20; i++) field = strchr(field + 1, ' ');
    return field == NULL ? 0 : strtoull(field, NULL, 10);
}

// MARK: - Which program

static void mark_path(char *path, const char *name) {
    snprintf(path, PATH_MAX, "%s/%s", run_folder, name);
}

/// Reads a mark, `BOOT PID WORD`; no mark when it is of another boot.
static int read_mark(const char *name, int *pid, char word[16]) {
    char path[PATH_MAX], text[128], its_boot[64];
    mark_path(path, name);
    if (read_text(path, text, sizeof text) <= 0) return 0;
    return sscanf(text, "%63s %d %15s", its_boot, pid, word) == 3 && strcmp(its_boot, boot) == 0;
}

/// The mark is the daemon's: there is one from the moment it got ready until it ends in order.
static int has_committed(void) {
    int pid;
    char word[16];
    return read_mark("committed", &pid, word);
}

/// Whether to start the copy that the last good daemon made of itself: it, unless it was tried last and did not get ready.
/// Where none got ready since the machine was started it is for a program that died without a word.
static int prefers_committed(void) {
    int committed, launched;
    char word[16];
    if (!read_mark("committed", &committed, word)) {
        return read_mark("launched", &launched, word) && strcmp(word, "installed") == 0
            && access(committed_program, X_OK) == 0;
    }
    if (!read_mark("launched", &launched, word)) return 1;
    return committed == launched || strcmp(word, "committed") != 0;
}

static void execute(const char *path, const char *word, char **argv) {
    char mark[PATH_MAX];
    mark_path(mark, "launched");
    int fd = open(mark, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) {
        dprintf(fd, "%s %d %s\n", boot, (int)getpid(), word);
        close(fd);
    }
    argv[0] = (char *)path;
    const struct timespec pause = {0, 10000000};
    for (int tries = 0; tries < 100; tries++) {
        execv(path, argv);
        // Somebody has it open for writing: for a moment also who was forked by its writer and has not executed anything yet.
        if (errno != ETXTBSY) break;
        nanosleep(&pause, NULL);
    }
    dprintf(2, "noviKeeper: cannot execute %s: %s\n", path, strerror(errno));
}

/// Becomes the daemon; returns when there is none that can be executed.
static void become_daemon(char **argv) {
    if (prefers_committed()) execute(committed_program, "committed", argv);
    execute(program, "installed", argv);
}

// MARK: - Its children

static void tell(const struct report *report) {
    // A full pipe means a daemon that does not read, an error that there is none: the next one gets what is remembered.
    ssize_t count = report_pipe < 0 ? 0 : write(report_pipe, report, sizeof *report);
    (void)count;
}

/// Starts the daemon in a session of its own: a Ctrl-C at our terminal reaches it once, from us.
static pid_t start(void) {
    int ends[2];
    if (report_pipe >= 0) close(report_pipe);
    report_pipe = -1;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -1;
    report_pipe = ends[1];
    // The newest first, should the pipe be too small for all.
    for (unsigned long i = 0; i < REMEMBERED && i < reported; i++) {
        tell(&remembered[(reported - 1 - i) % REMEMBERED]);
    }
    // What the last one asked for before it died.
    take_store_messages();
    char *argv[MAXIMUM_ARGUMENTS + 16], numbers[2][16];
    int count = 1;
    for (char **argument = arguments; *argument != NULL; argument++) argv[count++] = *argument;
    snprintf(numbers[0], sizeof numbers[0], "%d", ends[0]);
    snprintf(numbers[1], sizeof numbers[1], "%d", ready_fd);
    argv[count++] = "--keeper-fd";
    argv[count++] = numbers[0];
    argv[count++] = "--keeper-program";
    argv[count++] = (char *)self;
    argv[count++] = "--installed-program";
    argv[count++] = (char *)program;
    if (is_again) argv[count++] = "--again";
    if (ready_fd >= 0) {
        argv[count++] = "--ready-fd";
        argv[count++] = numbers[1];
    }
    argv[count] = NULL;
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        int kept[] = {ends[0], ready_fd, keep_fd};
        for (int i = 0; i < 3; i++) {
            if (kept[i] >= 0) fcntl(kept[i], F_SETFD, 0);
        }
        hand_over_store();
        signal(SIGPIPE, SIG_DFL);
        // What is forwarded stays blocked: a signal that comes before the daemon listens waits for it.
        sigset_t forwarded = watched;
        sigdelset(&forwarded, SIGCHLD);
        sigprocmask(SIG_SETMASK, &forwarded, NULL);
        become_daemon(argv);
        _exit(127);
    }
    close(ends[0]);
    if (ready_fd >= 0) close(ready_fd);
    ready_fd = -1;
    is_again = 1;
    return pid;
}

/// Reaps all that ended; returns whether the daemon was among them, and how it ended.
static int reap(pid_t daemon, int *daemon_status) {
    int has_ended = 0;
    for (;;) {
        siginfo_t info;
        info.si_pid = 0;
        // It stays a zombie until its start time is read: the number must not become another's.
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) return has_ended;
        struct report report = {.pid = info.si_pid, .start_ticks = start_ticks(info.si_pid)};
        if (waitpid(info.si_pid, &report.status, 0) < 0) continue;
        report.was_daemon = report.pid == daemon;
        if (report.was_daemon) {
            has_ended = 1;
            *daemon_status = report.status;
        }
        remembered[reported++ % REMEMBERED] = report;
        tell(&report);
    }
}

/// Whether the daemon said, by how it ended, that it shall not be started again.
static int is_final(int status) {
    if (!WIFEXITED(status)) return 0;
    switch (WEXITSTATUS(status)) {
    case 0: case 64: case 75: case 78: return 1; // in order; usage; another one has the lock; configuration
    // Others are statuses of apps in container mode, told in order, or of a first start that failed.
    default: return !has_committed();
    }
}

/// Hands a signal to the daemon, or keeps it for the next one; returns whether it asks for the end.
static int forward(int number, pid_t daemon, unsigned *pending) {
    if (daemon > 0) kill(daemon, number);
    else *pending |= 1u << number;
    return number == SIGTERM || number == SIGINT || number == SIGQUIT;
}

/// Whether a daemon that ended now had got ready and lived long enough for its death to be no habit.
static int had_good_life(pid_t daemon, int64_t started) {
    int committed;
    char word[16];
    return read_mark("committed", &committed, word) && committed == daemon && now_ms() - started >= GOOD_LIFE;
}

/// Waits for a signal, at most so many milliseconds (-1: for ever), and takes what the daemon asks for meanwhile.
static int next_signal(int timeout) {
    struct pollfd watched_fds[] = {{signal_fd, POLLIN, 0}, {store_fd(), POLLIN, 0}};
    struct signalfd_siginfo info;
    if (poll(watched_fds, 2, timeout) <= 0) return 0;
    if (watched_fds[1].revents != 0) take_store_messages();
    if (watched_fds[0].revents == 0) return 0;
    return read(signal_fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

/// Starts the daemon and starts it again until it ends for good; returns its last status.
static int keep(void) {
    pid_t daemon = -1;
    int status = 0;
    int64_t delay = 0, started = 0, due = now_ms();
    unsigned pending = 0;           // signals that came while there was no daemon
    int ending = 0, ends_left = 3;  // the signal that asked for the end, and how often it is repeated to a new daemon
    for (;;) {
        if (daemon < 0 && now_ms() >= due) {
            started = now_ms();
            daemon = start();
            if (daemon < 0) due = started + 1000;
            for (int number = 1; daemon > 0 && number < 32; number++) {
                if (pending & 1u << number) kill(daemon, number);
            }
            if (daemon > 0) pending = 0;
        }
        int64_t left = due > now_ms() ? due - now_ms() : 0;
        int number = next_signal(daemon < 0 ? (int)left : -1);
        if (number > 0 && number != SIGCHLD && forward(number, daemon, &pending)) {
            // Not waited for: the apps are stopped by the daemon that is started now.
            ending = number;
            due = now_ms();
        }
        if (!reap(daemon, &status)) continue;
        if (is_final(status) || (ending && --ends_left == 0)) return status;
        if (ending) pending |= 1u << ending;
        if (ending || had_good_life(daemon, started)) delay = 0;
        daemon = -1;
        due = now_ms() + delay;
        delay = delay == 0 ? SHORTEST_DELAY : delay * 2 > LONGEST_DELAY ? LONGEST_DELAY : delay * 2;
    }
}

// MARK: - Its start

/// Only one keeper for one run folder; its pid is in the file.
static void take_lock(void) {
    char path[PATH_MAX];
    mark_path(path, "keeper.lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        dprintf(2, "noviKeeper: cannot open %s: %s\n", path, strerror(errno));
        exit(1);
    }
    // Who takes the place of a keeper that was killed may see the end of its pipe before that of its lock.
    int64_t end = is_again ? now_ms() + LOCK_PATIENCE : 0;
    const struct timespec pause = {0, 2000000};
    int result;
    while ((result = flock(fd, LOCK_EX | LOCK_NB)) < 0 && now_ms() < end) nanosleep(&pause, NULL);
    if (result < 0) {
        dprintf(2, "noviKeeper: another one has the lock %s\n", path);
        exit(75);
    }
    if (ftruncate(fd, 0) == 0) dprintf(fd, "%d\n", (int)getpid());
}

static void block_signals(void) {
    const int numbers[] = {SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    sigemptyset(&watched);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(&watched, numbers[i]);
    sigprocmask(SIG_SETMASK, &watched, NULL);
    signal_fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signal_fd < 0) {
        dprintf(2, "noviKeeper: cannot watch for signals: %s\n", strerror(errno));
        exit(71);
    }
    // Inherited as ignored, ends of children would be thrown away.
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
}

/// Keeps a scope of the service manager alive while no app runs in it: one without processes is removed.
static int anchor(void) {
    pid_t child = fork();
    if (child < 0) return 71;
    if (child > 0) {
        dprintf(1, "anchored %d\n", (int)child);
        return 0;
    }
    setsid();
    close_range(0, ~0u, 0);
    prctl(PR_SET_NAME, "novi-anchor", 0, 0, 0);
    for (;;) pause();
}

int main(int count, char **argv) {
    int is_launch = 0, next = 1;
    if (count == 2 && strcmp(argv[1], "--anchor") == 0) return anchor();
    for (; next < count && strncmp(argv[next], "--", 2) == 0; next++) {
        if (strcmp(argv[next], "--launch") == 0) is_launch = 1;
        else if (strcmp(argv[next], "--again") == 0) is_again = 1;
        else if (strcmp(argv[next], "--ready-fd") == 0 && next + 1 < count) ready_fd = atoi(argv[++next]);
        else if (strcmp(argv[next], "--keep-fd") == 0 && next + 1 < count) keep_fd = atoi(argv[++next]);
        else break;
    }
    if (count - next < 3 || count - next - 3 > MAXIMUM_ARGUMENTS || argv[next][0] == '-') {
        dprintf(2, "noviKeeper: started by noviSupervisor, not by hand\n"
            "usage: noviKeeper [--launch] RUN_FOLDER COMMITTED_PROGRAM PROGRAM [ARGUMENT…]\n");
        return 64;
    }
    self = argv[0];
    run_folder = argv[next];
    committed_program = argv[next + 1];
    program = argv[next + 2];
    arguments = argv + next + 3;
    if (read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot) > 0) boot[strcspn(boot, "\n")] = 0;
    if (boot[0] == 0) strcpy(boot, "unknown");
    if (is_launch) {
        // For the anchor of the apps' scope; the daemon may be a copy with no keeper beside it.
        setenv("NOVI_KEEPER_PROGRAM", self, 1);
        become_daemon(argv + next + 2);
        return 127;
    }
    close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    take_lock();
    block_signals();
    open_store(is_again);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    int status = keep();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
