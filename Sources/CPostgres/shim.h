#include <libpq-fe.h>
// How libpq's sockets are waited for; Glibc's module leaves it out.
#include <sys/epoll.h>
