// What Swift cannot use of ncurses: macros, variadic functions, global variables. And the way back for a terminal whose
// program dies of a fault.
//
// Functions return -1 on failure, unless they say otherwise. Nothing here decides anything. No system header is included, for
// the reason told in CSupervisorShims.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Sets the locale of letters: the environment's where that is UTF-8, else C.UTF-8 where UTF-8 is wanted, else C.
void novi_locale(int wants_utf8);
// The columns that a letter takes: 0 for one that combines, -1 for one that cannot be shown (wcwidth(3)).
int novi_letter_width(uint32_t letter);

// Takes over the terminal of standard input and output: raw keys, alternate screen, mouse. -1 when the terminal is unknown.
// SIGTSTP has to be blocked by then, and is left to the caller.
int novi_screen_start(int wants_color, int wants_mouse);
// How many colours there are; 0 for none.
int novi_screen_colors(void);
// Puts the terminal back as it was.
void novi_screen_end(void);
// Takes it over again after novi_screen_end.
void novi_screen_resume(void);
// Says how large the terminal is now; all is to be put anew.
void novi_screen_resize(int rows, int columns);

enum {
    NOVI_CELL_BOLD = 1,
    NOVI_CELL_DIM = 2,
    NOVI_CELL_REVERSE = 4,
    NOVI_CELL_UNDERLINE = 8,
};

// Puts one letter with what combines with it; color is 1 to 7, or 0 for that of the terminal.
int novi_screen_put(int row, int column, const uint32_t *letters, int count, int attributes, int color);
// Makes what was put visible; the cursor is hidden unless row is 0 or more.
void novi_screen_show(int row, int column);
// Draws everything again, whatever the terminal shows.
void novi_screen_redraw(void);

enum {
    NOVI_KEY_NONE = -1,
    NOVI_KEY_MOUSE = -2,
    NOVI_KEY_UP = -10,
    NOVI_KEY_DOWN = -11,
    NOVI_KEY_LEFT = -12,
    NOVI_KEY_RIGHT = -13,
    NOVI_KEY_HOME = -14,
    NOVI_KEY_END = -15,
    NOVI_KEY_PAGE_UP = -16,
    NOVI_KEY_PAGE_DOWN = -17,
    NOVI_KEY_BACKSPACE = -18,
    NOVI_KEY_ENTER = -19,
    NOVI_KEY_BACK_TAB = -20,
    NOVI_KEY_DELETE = -21,
    NOVI_KEY_OTHER = -99,
};

// The next key that was pressed: a letter, or one of NOVI_KEY_….
int novi_screen_key(void);

enum {
    NOVI_MOUSE_PRESS = 1,
    NOVI_MOUSE_WHEEL_UP = 2,
    NOVI_MOUSE_WHEEL_DOWN = 3,
};

// What the mouse did, after NOVI_KEY_MOUSE; 0 for nothing of the above.
int novi_screen_mouse(int *row, int *column);
