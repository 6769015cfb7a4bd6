// Descriptors that the keeper holds for the next daemon, by name: sockets with what waits in them, pipes with what was written
// last. The daemon asks for it in the words that it has for a service manager (sd_notify(3)).
#ifndef NOVI_KEEPER_STORE_H
#define NOVI_KEEPER_STORE_H

/// Makes the way on which daemons ask; without it nothing is held, and a daemon finds what it can by itself. When this process was
/// a daemon a moment ago, what that had is taken over: `NOVI_KEPT_FD` is a file with a table, `NUMBER NAME` a line.
void open_store(int is_again);

/// What to poll for input; -1 for nothing.
int store_fd(void);

/// Takes what the daemon asks to be held or let go: `FDSTORE=1` with a descriptor, or `FDSTOREREMOVE=1`, and `FDNAME=`.
void take_store_messages(void);

/// In the process that becomes the daemon: hands all of it over, by `NOVI_KEPT_FD` and `NOVI_KEEPER_STORE_FD`.
void hand_over_store(void);

#endif
