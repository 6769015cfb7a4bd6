#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "include/CTerminalShims.h"

// The way back: prepared while all is well, because a handler of a fault may do next to nothing (signal-safety(7)).
static struct termios before;
static int has_before;
static volatile sig_atomic_t is_taken;
static char way_back[512];
static size_t way_back_length;
static char handler_stack[16384];
static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGQUIT};

static void append_way_back(const char *text) {
    size_t length = text ? strlen(text) : 0;
    if (way_back_length + length > sizeof way_back) return;
    memcpy(way_back + way_back_length, text ? text : "", length);
    way_back_length += length;
}

static void append_capability(const char *name) {
    const char *text = tigetstr(name);
    if (text != NULL && text != (const char *)-1) append_way_back(text);
}

static void die(int number) {
    if (is_taken) {
        ssize_t ignored = write(STDOUT_FILENO, way_back, way_back_length);
        (void)ignored;
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    // The disposition is the default again (SA_RESETHAND): the end is what it would have been.
    raise(number);
}

static void prepare_way_back(int wants_mouse) {
    way_back_length = 0;
    if (wants_mouse) append_way_back("\033[?1006l\033[?1002l\033[?1000l");
    append_capability("sgr0");
    append_capability("clear");
    append_capability("rmkx");
    append_capability("cnorm");
    append_capability("rmcup");
    stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    sigaltstack(&stack, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = die;
    action.sa_flags = SA_RESETHAND | SA_ONSTACK;
    for (size_t index = 0; index < sizeof faults / sizeof *faults; index += 1) sigaction(faults[index], &action, NULL);
}

void novi_locale(int wants_utf8) {
    if (!wants_utf8) {
        setlocale(LC_CTYPE, "C");
        return;
    }
    // A locale that is named and not installed is common.
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
}

int novi_letter_width(uint32_t letter) {
    return wcwidth((wchar_t)letter);
}

static void stand_in(int number) {
    (void)number;
}

int novi_screen_start(int wants_color, int wants_mouse) {
    // ncurses ignores SIGTSTP while it draws, which throws a pending one away, unless somebody has a handler for it.
    signal(SIGTSTP, stand_in);
    has_before = tcgetattr(STDIN_FILENO, &before) == 0;
    if (newterm(NULL, stdout, stdin) == NULL) return -1;
    const char *addressing = tigetstr("cup");
    if (addressing == NULL || addressing == (const char *)-1) {
        // One that can only print lines.
        endwin();
        return -1;
    }
    prepare_way_back(wants_mouse);
    is_taken = has_before;
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    leaveok(stdscr, FALSE);
    // A slow line may part the letters of a key.
    set_escdelay(100);
    curs_set(0);
    if (wants_color && has_colors()) {
        start_color();
        int background = use_default_colors() == OK ? -1 : COLOR_BLACK;
        for (short color = 1; color < 8; color += 1) init_pair(color, color, (short)background);
    }
    if (wants_mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        // No waiting for a click to become a double one.
        mouseinterval(0);
    }
    return 0;
}

int novi_screen_colors(void) {
    return has_colors() ? COLORS : 0;
}

void novi_screen_end(void) {
    if (!isendwin()) {
        // What a terminal keeps of the screen in spite of all shall be empty: some do when they were resized meanwhile.
        erase();
        refresh();
        endwin();
    }
    is_taken = 0;
    if (has_before) tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

void novi_screen_resume(void) {
    has_before = tcgetattr(STDIN_FILENO, &before) == 0;
    is_taken = has_before;
    clearok(curscr, TRUE);
    refresh();
    curs_set(0);
}

void novi_screen_resize(int rows, int columns) {
    resizeterm(rows, columns);
    erase();
    clearok(curscr, TRUE);
}

int novi_screen_put(int row, int column, const uint32_t *letters, int count, int attributes, int color) {
    wchar_t text[CCHARW_MAX + 1];
    int length = 0;
    for (; length < count && length < CCHARW_MAX; length += 1) text[length] = (wchar_t)letters[length];
    text[length] = 0;
    attr_t style = A_NORMAL;
    if (attributes & NOVI_CELL_BOLD) style |= A_BOLD;
    if (attributes & NOVI_CELL_DIM) style |= A_DIM;
    if (attributes & NOVI_CELL_REVERSE) style |= A_REVERSE;
    if (attributes & NOVI_CELL_UNDERLINE) style |= A_UNDERLINE;
    cchar_t cell;
    if (setcchar(&cell, text, style, (short)color, NULL) == ERR) return -1;
    // The last cell of the screen is drawn and reported as an error: the cursor cannot go on from there.
    mvadd_wch(row, column, &cell);
    return 0;
}

void novi_screen_show(int row, int column) {
    curs_set(row >= 0 ? 1 : 0);
    if (row >= 0) move(row, column);
    refresh();
}

void novi_screen_redraw(void) {
    clearok(curscr, TRUE);
    refresh();
}

static int function_key(wint_t key) {
    switch (key) {
    case KEY_UP: return NOVI_KEY_UP;
    case KEY_DOWN: return NOVI_KEY_DOWN;
    case KEY_LEFT: return NOVI_KEY_LEFT;
    case KEY_RIGHT: return NOVI_KEY_RIGHT;
    case KEY_HOME: return NOVI_KEY_HOME;
    case KEY_END: return NOVI_KEY_END;
    case KEY_PPAGE: return NOVI_KEY_PAGE_UP;
    case KEY_NPAGE: return NOVI_KEY_PAGE_DOWN;
    case KEY_BACKSPACE: return NOVI_KEY_BACKSPACE;
    case KEY_ENTER: return NOVI_KEY_ENTER;
    case KEY_BTAB: return NOVI_KEY_BACK_TAB;
    case KEY_DC: return NOVI_KEY_DELETE;
    case KEY_MOUSE: return NOVI_KEY_MOUSE;
    default: return NOVI_KEY_OTHER;
    }
}

int novi_screen_key(void) {
    wint_t key = 0;
    int result = get_wch(&key);
    if (result == ERR) return NOVI_KEY_NONE;
    return result == KEY_CODE_YES ? function_key(key) : (int)key;
}

int novi_screen_mouse(int *row, int *column) {
    MEVENT event;
    if (getmouse(&event) == ERR) return 0;
    *row = event.y;
    *column = event.x;
    if (event.bstate & BUTTON4_PRESSED) return NOVI_MOUSE_WHEEL_UP;
    if (event.bstate & BUTTON5_PRESSED) return NOVI_MOUSE_WHEEL_DOWN;
    return event.bstate & BUTTON1_PRESSED ? NOVI_MOUSE_PRESS : 0;
}
