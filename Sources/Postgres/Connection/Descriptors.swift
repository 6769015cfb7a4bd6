import Glibc

/// A second descriptor of a socket, not inherited by programs (fcntl(2)); negative when none is free.
func duplicateDescriptor(_ descriptor: Int32) -> Int32 {
    fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
}

/// Closes a descriptor (close(2)).
func closeDescriptor(_ descriptor: Int32) {
    close(descriptor)
}
