// The way back of an upgrade: until it is disarmed, what would end this process executes the program before it instead.
#pragma once

// Where the reason is put; to be one of the arguments.
char *novi_way_back_reason(void);
// `program` is a descriptor of the former program (O_PATH will do); `arguments` must stay as they are. After so many seconds
// the way is taken as well.
void novi_way_back_arm(int program, char *const arguments[], unsigned seconds);
void novi_way_back_disarm(void);
// Takes it now; returns -1 with errno when that fails.
int novi_way_back_take(const char *reason);
