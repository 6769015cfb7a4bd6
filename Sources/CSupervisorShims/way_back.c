#define _GNU_SOURCE 1
#include "novi_way_back.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

enum { REASON_BYTES = 512 };

static int former_program = -1;
static char *const *former_arguments;
static char reason[REASON_BYTES];
static sigset_t former_mask;

static const int endings[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS, SIGALRM};
enum { ENDINGS = sizeof endings / sizeof *endings };

// Only what signal-safety(7) allows, here and below.
static void set_reason(const char *text) {
    size_t length = strnlen(text, REASON_BYTES - 1);
    memcpy(reason, text, length);
    reason[length] = 0;
}

static void go(void) {
    alarm(0);
    // Of the signal that brought us here, too: a blocked mask would be inherited.
    sigprocmask(SIG_SETMASK, &former_mask, NULL);
    syscall(SYS_execveat, former_program, "", former_arguments, environ, AT_EMPTY_PATH);
}

static void ended_by(int number) {
    if (number == SIGALRM) {
        set_reason("it did not get ready in time");
    } else {
        char text[] = "it was ended by signal NN before it was ready";
        char *digits = strchr(text, 'N');
        digits[0] = (char)('0' + number / 10);
        digits[1] = (char)('0' + number % 10);
        set_reason(text);
    }
    int error = errno;
    go();
    // No way back: what would have happened without us.
    signal(number, SIG_DFL);
    errno = error;
    raise(number);
}

char *novi_way_back_reason(void) {
    return reason;
}

void novi_way_back_arm(int program, char *const arguments[], unsigned seconds) {
    former_program = program;
    former_arguments = arguments;
    sigprocmask(SIG_SETMASK, NULL, &former_mask);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = ended_by;
    for (int i = 0; i < ENDINGS; i++) sigaction(endings[i], &action, NULL);
    alarm(seconds);
}

void novi_way_back_disarm(void) {
    alarm(0);
    for (int i = 0; i < ENDINGS; i++) signal(endings[i], SIG_DFL);
    former_program = -1;
}

int novi_way_back_take(const char *text) {
    if (former_program < 0) {
        errno = EBADF;
        return -1;
    }
    set_reason(text);
    go();
    return -1;
}
