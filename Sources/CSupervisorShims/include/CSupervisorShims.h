#pragma once

#include <sys/xattr.h> // getxattr: Swift's Glibc module has none
