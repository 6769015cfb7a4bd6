import Glibc

/// A second descriptor of a socket, not inherited by programs (fcntl(2)); negative when none is free.
func duplicateDescriptor(_ descriptor: Int32) -> Int32 {
    fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
}

/// Closes a descriptor (close(2)).
func closeDescriptor(_ descriptor: Int32) {
    close(descriptor)
}

/// Whether something can be read at once, the end included (poll(2)).
func isReadable(_ descriptor: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, 0) == 1
}
