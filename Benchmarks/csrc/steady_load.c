// Sends GET requests at a steady rate and measures each from the moment it was due, so that a server that stands still cannot
// hide it by slowing the client down (coordinated omission).
//
//   steady_load PORT PATH RATE SECONDS CONNECTIONS [HEADER]...
//
// Each connection has a thread of its own and every CONNECTIONS-th request. Prints the answers by status and the percentiles.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int port, connections;
static double rate, seconds;
static char request[8192];
static size_t requestLength;
static double start;
static double *latencies; // seconds, by number of the request; negative when it failed
static long total;
static long statuses[600], failures, reconnects;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int dial(void) {
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(s, (struct sockaddr *)&a, sizeof a) == 0) return s;
    close(s);
    return -1;
}

// Reads one answer with a Content-Length; returns its status, or -1.
static int answer(int s, char *buffer, size_t size) {
    size_t have = 0, need = 0;
    int status = -1;
    for (;;) {
        ssize_t n = recv(s, buffer + have, size - 1 - have, 0);
        if (n <= 0) return -1;
        have += (size_t)n;
        buffer[have] = 0;
        if (need == 0) {
            char *end = strstr(buffer, "\r\n\r\n");
            if (!end) continue;
            status = atoi(buffer + 9);
            char *length = strcasestr(buffer, "\r\ncontent-length:");
            if (!length || length > end) return -1;
            need = (size_t)(end + 4 - buffer) + (size_t)atol(length + 17);
            if (need >= size) return -1;
        }
        if (have >= need) return have == need ? status : -1;
    }
}

static void *work(void *argument) {
    long first = (long)argument;
    size_t size = 1 << 20;
    char *buffer = malloc(size);
    int s = dial();
    for (long n = first; n < total; n += connections) {
        double due = start + (double)n / rate;
        double wait = due - now();
        if (wait > 0) {
            struct timespec t = {(time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9)};
            nanosleep(&t, NULL);
        }
        int status = -1;
        if (s < 0) s = dial();
        if (s >= 0 && send(s, request, requestLength, MSG_NOSIGNAL) == (ssize_t)requestLength) status = answer(s, buffer, size);
        latencies[n] = status > 0 ? now() - due : -1;
        pthread_mutex_lock(&lock);
        if (status > 0 && status < 600) statuses[status]++;
        else failures++;
        pthread_mutex_unlock(&lock);
        if (status < 0 && s >= 0) {
            close(s);
            s = -1;
            __atomic_add_fetch(&reconnects, 1, __ATOMIC_RELAXED);
        }
    }
    if (s >= 0) close(s);
    free(buffer);
    return NULL;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
    if (count < 6) {
        fprintf(stderr, "usage: steady_load PORT PATH RATE SECONDS CONNECTIONS [HEADER]...\n");
        return 2;
    }
    port = atoi(arguments[1]);
    rate = atof(arguments[3]);
    seconds = atof(arguments[4]);
    connections = atoi(arguments[5]);
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", arguments[2]);
    for (int i = 6; i < count; i++)
        length += snprintf(request + length, sizeof request - (size_t)length, "%s\r\n", arguments[i]);
    length += snprintf(request + length, sizeof request - (size_t)length, "\r\n");
    requestLength = (size_t)length;
    total = (long)(rate * seconds);
    latencies = calloc((size_t)total, sizeof *latencies);
    pthread_t *threads = calloc((size_t)connections, sizeof *threads);
    start = now() + 0.2;
    for (long i = 0; i < connections; i++) pthread_create(&threads[i], NULL, work, (void *)i);
    for (long i = 0; i < connections; i++) pthread_join(threads[i], NULL);
    double took = now() - start;
    long good = 0;
    for (long i = 0; i < total; i++)
        if (latencies[i] >= 0) latencies[good++] = latencies[i];
    qsort(latencies, (size_t)good, sizeof *latencies, ascending);
    printf("%ld requests due in %.0f s at %.0f/s, over %d connections, done in %.1f s; failed: %ld\n", total, seconds, rate, connections,
           took, failures);
    for (int i = 0; i < 600; i++)
        if (statuses[i]) printf("status %d: %ld\n", i, statuses[i]);
    if (good > 0)
        printf("from due to answered, ms: p50 %.2f  p90 %.2f  p95 %.2f  p99 %.2f  p99.9 %.2f  max %.2f\n", latencies[good / 2] * 1e3,
               latencies[good * 90 / 100] * 1e3, latencies[good * 95 / 100] * 1e3, latencies[good * 99 / 100] * 1e3,
               latencies[good * 999 / 1000] * 1e3, latencies[good - 1] * 1e3);
    return failures > 0;
}
