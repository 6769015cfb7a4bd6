// Descriptors: epoll, eventfd, timerfd, signalfd, pipes, sockets, locks.
#pragma once

#include <stddef.h>
#include <stdint.h>

// epoll_event without the packing that differs by architecture.
typedef struct novi_event {
    uint64_t token;
    uint32_t events;
} novi_event;

enum {
    NOVI_POLL_IN = 0x001,
    NOVI_POLL_OUT = 0x004,
    NOVI_POLL_ERR = 0x008,
    NOVI_POLL_HUP = 0x010,
    NOVI_POLL_RDHUP = 0x2000,
    // The most events that one novi_epoll_wait returns.
    NOVI_POLL_BATCH = 64,
};

int novi_epoll_create(void);
int novi_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int novi_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int novi_epoll_remove(int epoll, int fd);
// Writes at most NOVI_POLL_BATCH events. timeout in ms, -1: for ever.
int novi_epoll_wait(int epoll, novi_event *events, int timeout);

int novi_eventfd(void);
int novi_timerfd(int clock);
// Absolute time on the timer's clock in ns; 0 disarms.
int novi_timerfd_arm(int fd, uint64_t nanoseconds);

typedef struct novi_signal {
    int32_t number;
    int32_t sender;
    uint32_t user;
} novi_signal;
// Also blocks the signals in the calling thread; threads made later inherit that.
int novi_signalfd(const int *signals, int count);
// 1: read one; 0: none waits.
int novi_signalfd_read(int fd, novi_signal *out);

int novi_pipe(int fds[2], int flags);
ptrdiff_t novi_splice(int from, int to, size_t count);

// Copies what is in one pipe to another and leaves it there (tee(2)), without blocking.
ptrdiff_t novi_tee(int from, int to, size_t count);

/// memmem(3), which Glibc's module map leaves out.
const void *novi_memmem(const void *text, size_t length, const void *word, size_t word_length);
int novi_pipe_capacity(int fd);
int novi_set_pipe_capacity(int fd, int bytes);
int novi_bytes_available(int fd);
// Opens without any effect on what is opened (O_PATH).
int novi_open_path(const char *path, int follows);
int novi_openat(int folder, const char *path, int flags, uint32_t mode);
int novi_duplicate(int fd, int lowest);
int novi_set_nonblocking(int fd, int on);
int novi_set_close_on_exec(int fd, int on);

typedef struct novi_credentials {
    int32_t pid;
    uint32_t user;
    uint32_t group;
} novi_credentials;

int novi_accept(int fd);
int novi_peer_credentials(int fd, novi_credentials *out);
int novi_pass_credentials(int fd);

typedef struct novi_datagram {
    ptrdiff_t length;
    novi_credentials sender;
    int has_sender;
    int closed_descriptors;
    int is_truncated;
} novi_datagram;
// Reads one datagram without blocking; received descriptors are closed at once. 1: read; 0: none waits.
int novi_receive(int fd, void *buffer, size_t size, novi_datagram *out);

int novi_terminal_size(int fd, int *columns, int *rows);
int novi_flock(int fd);
int novi_available_processors(void);

// A file in memory that can be sealed, closed on exec (memfd_create(2)).
int novi_memory_file(const char *name);
// Lets nobody change a memory file any more (fcntl(2), F_ADD_SEALS).
int novi_seal(int fd);

// Sends a datagram without blocking, and a descriptor along with it unless it is -1. The bytes may be none.
int novi_send_message(int socket, const void *bytes, size_t size, int descriptor);
// Sends bytes as a sealed memory file (memfd_create(2), SCM_RIGHTS) instead of as a datagram.
int novi_send_memory_file(int socket, const void *bytes, size_t size);
