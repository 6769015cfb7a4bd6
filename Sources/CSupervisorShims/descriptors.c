#define _GNU_SOURCE 1
#include "novi_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

_Static_assert(NOVI_POLL_IN == EPOLLIN && NOVI_POLL_OUT == EPOLLOUT && NOVI_POLL_ERR == EPOLLERR, "epoll bits");
_Static_assert(NOVI_POLL_HUP == EPOLLHUP && NOVI_POLL_RDHUP == EPOLLRDHUP, "epoll bits");

int novi_epoll_create(void) {
    return epoll_create1(EPOLL_CLOEXEC);
}

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, fd, &event);
}

int novi_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

int novi_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

int novi_epoll_remove(int epoll, int fd) {
    return control(epoll, EPOLL_CTL_DEL, fd, 0, 0);
}

int novi_epoll_wait(int epoll, novi_event *events, int timeout) {
    struct epoll_event ready[NOVI_POLL_BATCH];
    int count = epoll_wait(epoll, ready, NOVI_POLL_BATCH, timeout);
    for (int i = 0; i < count; i++) {
        events[i].token = ready[i].data.u64;
        events[i].events = ready[i].events;
    }
    return count;
}

int novi_eventfd(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int novi_timerfd(int clock) {
    return timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK);
}

int novi_timerfd_arm(int fd, uint64_t nanoseconds) {
    struct itimerspec when;
    memset(&when, 0, sizeof when);
    when.it_value.tv_sec = (time_t)(nanoseconds / 1000000000u);
    when.it_value.tv_nsec = (long)(nanoseconds % 1000000000u);
    return timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
}

int novi_signalfd(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) {
        if (sigaddset(&set, signals[i]) < 0) return -1;
    }
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int novi_signalfd_read(int fd, novi_signal *out) {
    struct signalfd_siginfo info;
    ssize_t count;
    do {
        count = read(fd, &info, sizeof info);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return errno == EAGAIN ? 0 : -1;
    if (count != (ssize_t)sizeof info) return 0;
    out->number = (int32_t)info.ssi_signo;
    out->sender = (pid_t)info.ssi_pid;
    out->user = (uid_t)info.ssi_uid;
    return 1;
}

int novi_pipe(int fds[2], int flags) {
    return pipe2(fds, flags);
}

ssize_t novi_splice(int from, int to, size_t count) {
    return splice(from, NULL, to, NULL, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
}

ssize_t novi_tee(int from, int to, size_t count) {
    return tee(from, to, count, SPLICE_F_NONBLOCK);
}

int novi_pipe_capacity(int fd) {
    return fcntl(fd, F_GETPIPE_SZ);
}

int novi_set_pipe_capacity(int fd, int bytes) {
    return fcntl(fd, F_SETPIPE_SZ, bytes);
}

int novi_bytes_available(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) < 0 ? -1 : count;
}

int novi_open_path(const char *path, int follows) {
    return open(path, O_PATH | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW));
}

int novi_openat(int folder, const char *path, int flags, mode_t mode) {
    return openat(folder, path, flags | O_CLOEXEC, mode);
}

int novi_duplicate(int fd, int lowest) {
    return fcntl(fd, F_DUPFD_CLOEXEC, lowest);
}

int novi_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int novi_set_close_on_exec(int fd, int on) {
    return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

int novi_accept(int fd) {
    return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int novi_peer_credentials(int fd, novi_credentials *out) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -1;
    out->pid = peer.pid;
    out->user = peer.uid;
    out->group = peer.gid;
    return 0;
}

int novi_pass_credentials(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

int novi_receive(int fd, void *buffer, size_t size, novi_datagram *out) {
    // SCM_MAX_FD is 253: room for all of them, so that none is left open unseen.
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(253 * sizeof(int))];
        struct cmsghdr alignment;
    } control_data;
    struct iovec vector = {.iov_base = buffer, .iov_len = size};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = &control_data;
    message.msg_controllen = sizeof control_data;
    memset(out, 0, sizeof *out);

    ssize_t length;
    do {
        length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (length < 0 && errno == EINTR);
    if (length < 0) return errno == EAGAIN ? 0 : -1;

    out->length = length;
    out->is_truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item != NULL; item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_level != SOL_SOCKET) continue;
        if (item->cmsg_type == SCM_CREDENTIALS && item->cmsg_len >= CMSG_LEN(sizeof(struct ucred))) {
            struct ucred sender;
            memcpy(&sender, CMSG_DATA(item), sizeof sender);
            out->sender.pid = sender.pid;
            out->sender.user = sender.uid;
            out->sender.group = sender.gid;
            out->has_sender = 1;
        } else if (item->cmsg_type == SCM_RIGHTS) {
            size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t i = 0; i < count; i++) {
                int received;
                memcpy(&received, CMSG_DATA(item) + i * sizeof(int), sizeof received);
                close(received);
                out->closed_descriptors++;
            }
        }
    }
    return 1;
}

int novi_terminal_size(int fd, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int novi_flock(int fd) {
    return flock(fd, LOCK_EX | LOCK_NB);
}

int novi_available_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) return -1;
    return CPU_COUNT(&set);
}

int novi_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int novi_seal(int fd) {
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

int novi_send_message(int socket, const void *bytes, size_t size, int descriptor) {
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr alignment;
    } control_data;
    memset(&control_data, 0, sizeof control_data);
    struct iovec text = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    if (size > 0) {
        message.msg_iov = &text;
        message.msg_iovlen = 1;
    }
    if (descriptor >= 0) {
        message.msg_control = &control_data;
        message.msg_controllen = sizeof control_data;
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(item), &descriptor, sizeof descriptor);
    }
    ssize_t result;
    do {
        result = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -1 : 0;
}

int novi_send_memory_file(int socket, const void *bytes, size_t size) {
    int file = memfd_create("novi-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -1;
    size_t written = 0;
    ssize_t result = 0;
    while (written < size) {
        result = write(file, (const char *)bytes + written, size - written);
        if (result < 0 && errno == EINTR) continue;
        if (result <= 0) break;
        written += (size_t)result;
    }
    if (written == size) {
        // journald takes no file that could still change under its eyes.
        result = fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    } else if (result >= 0) {
        errno = ENOSPC;
        result = -1;
    }
    if (result >= 0) result = novi_send_message(socket, NULL, 0, file);
    int error = errno;
    close(file);
    errno = error;
    return result < 0 ? -1 : 0;
}

const void *novi_memmem(const void *text, size_t length, const void *word, size_t word_length) {
    return memmem(text, length, word, word_length);
}
