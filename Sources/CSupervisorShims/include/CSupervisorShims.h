// What Swift's Glibc module does not show of Linux, and the child between clone and exec.
//
// Every function returns what its system call returns: -1 and errno on failure, unless it says otherwise. Nothing here
// decides anything; the Swift types in LinuxSystem do. No system header is included: its structs (timespec) would then
// belong to this module for Swift, and every file that uses them would have to import it.
#pragma once

#include <stddef.h>

#include "novi_descriptors.h"
#include "novi_process.h"
#include "novi_spawn.h"
#include "novi_way_back.h"

// getxattr(2), as in sys/xattr.h.
long getxattr(const char *path, const char *name, void *value, size_t size);
