#pragma once
#include <malloc.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

// Who is at the other end of a connected Unix socket (SO_PEERCRED, unix(7)); Swift does not see `struct ucred`.
struct novi_peer {
    int32_t process;
    uint32_t user;
    uint32_t group;
};

// Closes every descriptor from this one up in the child (posix_spawn(3)); glibc declares it for GNU sources alone, which
// Swift's importer is not.
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// What malloc(3) holds, over all arenas (mallinfo2(3)); the struct itself has ten fields of which four count here.
struct novi_heap {
    uint64_t used;
    uint64_t total;
};

static inline struct novi_heap novi_heap_now(void) {
    struct mallinfo2 info = mallinfo2();
    struct novi_heap heap = {
        .used = (uint64_t)info.uordblks + (uint64_t)info.hblkhd,
        .total = (uint64_t)info.arena + (uint64_t)info.hblkhd,
    };
    return heap;
}
