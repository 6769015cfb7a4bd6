"""An app in Python: says READY=1 on its notify socket, prints a line a second, ends on SIGTERM.

Nothing is needed but the standard library. The protocol is that of sd_notify(3): datagrams of NAME=value lines to
the socket that the variable NOTIFY_SOCKET names.
"""

import os
import signal
import socket
import threading


def notify(message: str) -> None:
    """Sends a report to the supervisor; does nothing without one, and goes on when it is not taken."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as client:
        try:
            client.sendto(message.encode(), address)
        except OSError:
            # Nobody listens for a moment while the supervisor is replaced; as with sd_notify(3) that is no reason to end.
            pass


def main() -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())

    process = os.environ.get("NOVI_PROCESS", "python-example")
    print(f"{process} started as pid {os.getpid()}")
    notify("READY=1\nSTATUS=counting")

    count = 0
    while not ended.wait(1):
        count += 1
        print(f"line {count}")
        notify(f"WATCHDOG=1\nSTATUS={count} lines")

    notify("STOPPING=1\nSTATUS=ending")
    print("ended in order")


if __name__ == "__main__":
    main()
