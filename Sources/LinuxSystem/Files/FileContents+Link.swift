import Glibc

extension FileContents {
    /// Gives a file a second name, in place of what had that name before, without a moment in which it is missing.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - newPath: Its second name.
    /// - Throws: `SystemError` (link(2), rename(2)).
    public static func link(_ path: String, to newPath: String) throws(SystemError) {
        let temporary = "\(newPath).new"
        unlink(temporary)
        try SystemCall.check("link", path) { Glibc.link(path, temporary) }
        try rename(temporary, to: newPath)
    }
}

extension FileStatus {
    /// Whether something has this name, a dangling symbolic link included.
    public static func exists(_ path: String) -> Bool {
        (try? FileStatus(path: path, followsLinks: false)) != nil
    }
}

extension Descriptor {
    /// Reads to the end of a file or pipe.
    ///
    /// - Parameter limit: The most bytes accepted.
    /// - Returns: Everything.
    /// - Throws: `SystemError`; EFBIG when there is more.
    public func readAll(upTo limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let part = try read(upTo: Limits.copyBytes), !part.isEmpty {
            bytes += part
            guard bytes.count <= limit else { throw SystemError("read", EFBIG, "") }
        }
        return bytes
    }
}
