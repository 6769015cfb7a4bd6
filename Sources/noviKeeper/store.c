#define _GNU_SOURCE 1
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAXIMUM_KEPT = 16384, // descriptors; three of each run, and the listening sockets of apps
    MAXIMUM_MESSAGE = 512,
};

/// What is held for the next daemon, by name.
static struct { char *name; int fd; } kept[MAXIMUM_KEPT];
static int kept_count;
static int store_ends[2] = {-1, -1}; // ours, and that of every daemon
static struct rlimit own_file_limit;

static void drop(const char *name) {
    for (int i = 0; i < kept_count; i++) {
        if (strcmp(kept[i].name, name) != 0) continue;
        close(kept[i].fd);
        free(kept[i].name);
        kept[i] = kept[--kept_count];
        return;
    }
}

static void hold(const char *name, int fd) {
    drop(name);
    char *copy = kept_count < MAXIMUM_KEPT && fd >= 0 ? strdup(name) : NULL;
    if (copy == NULL) close(fd);
    else kept[kept_count].name = copy, kept[kept_count++].fd = fd;
}

void take_store_messages(void) {
    for (;;) {
        char text[MAXIMUM_MESSAGE + 1];
        union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr alignment; } control;
        struct iovec part = {text, MAXIMUM_MESSAGE};
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        ssize_t count = recvmsg(store_ends[0], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        text[count] = 0;
        int fd = -1;
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        if (item != NULL && item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS) {
            memcpy(&fd, CMSG_DATA(item), sizeof fd);
        }
        char *name = strstr(text, "\nFDNAME=");
        if (name != NULL) name += strlen("\nFDNAME=");
        if (name != NULL) name[strcspn(name, "\n")] = 0;
        if (name != NULL && fd >= 0 && strncmp(text, "FDSTORE=1\n", 10) == 0) hold(name, fd);
        else if (fd >= 0) close(fd);
        else if (name != NULL && strncmp(text, "FDSTOREREMOVE=1\n", 16) == 0) drop(name);
    }
}

/// Takes over what the daemon had whose process we are now: a table in a file, `NUMBER NAME` a line.
static void take_kept(int is_again) {
    const char *number = getenv("NOVI_KEPT_FD");
    FILE *table = number != NULL && is_again ? fdopen(atoi(number), "r") : NULL;
    unsetenv("NOVI_KEPT_FD");
    unsetenv("NOVI_KEEPER_STORE_FD");
    if (table == NULL) return;
    char name[256];
    for (int fd; fscanf(table, "%d %255s", &fd, name) == 2;) {
        if (fd > 2 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) hold(name, fd);
    }
    fclose(table);
}

void hand_over_store(void) {
    if (own_file_limit.rlim_max > 0) setrlimit(RLIMIT_NOFILE, &own_file_limit);
    if (store_ends[0] < 0) return;
    char number[16];
    snprintf(number, sizeof number, "%d", store_ends[1]);
    setenv("NOVI_KEEPER_STORE_FD", number, 1);
    fcntl(store_ends[1], F_SETFD, 0);
    int table = memfd_create("novi-kept", 0);
    if (table < 0) return;
    for (int i = 0; i < kept_count; i++) {
        dprintf(table, "%d %s\n", kept[i].fd, kept[i].name);
        fcntl(kept[i].fd, F_SETFD, 0);
    }
    lseek(table, 0, SEEK_SET);
    snprintf(number, sizeof number, "%d", table);
    setenv("NOVI_KEPT_FD", number, 1);
}

void open_store(int is_again) {
    struct rlimit all;
    if (getrlimit(RLIMIT_NOFILE, &own_file_limit) == 0) {
        all = own_file_limit;
        all.rlim_cur = all.rlim_max;
        setrlimit(RLIMIT_NOFILE, &all);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, store_ends) < 0) store_ends[0] = -1;
    take_kept(is_again);
}

int store_fd(void) {
    return store_ends[0];
}
