import Glibc

/// The process of this command.
enum Process {
    /// Ends it at once.
    static func end(_ status: Int32) -> Never {
        exit(status)
    }
}
