import Glibc

/// A file that could not be read or written.
struct FileFailure: Error, CustomStringConvertible {
    let description: String

    /// A failure with its reason in words.
    init(_ attempt: String, _ reason: String) {
        description = "\(attempt): \(reason)"
    }

    /// A failure with the reason of a system call (errno(3)).
    init(_ attempt: String, _ error: Int32) {
        self.init(attempt, String(cString: strerror(error)))
    }
}

/// The text of a small file.
func readFile(_ path: String, limit: Int = 1 << 16) throws -> String {
    String(decoding: try readBytes(path, limit: limit), as: UTF8.self)
}

/// The bytes of a small file.
func readBytes(_ path: String, limit: Int) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure("cannot open \(path)", errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw FileFailure("cannot read \(path)", errno) }
        guard count > 0 else { return bytes }
        bytes.append(contentsOf: buffer[..<count])
        guard bytes.count <= limit else {
            throw FileFailure("cannot read \(path)", "it is larger than \(limit) bytes")
        }
    }
}

/// Writes a file whole or not at all: beside it, synchronised, renamed.
func replaceFile(_ path: String, with text: String) throws {
    let temporary = "\(path).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileFailure("cannot write \(temporary)", errno) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
        throw FileFailure("cannot write \(temporary)", errno)
    }
    guard rename(temporary, path) == 0 else { throw FileFailure("cannot rename \(temporary)", errno) }
}

/// Makes the names in a folder durable (fsync(2)).
func synchronize(_ directory: String) throws {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure("cannot open \(directory)", errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileFailure("cannot synchronise \(directory)", errno) }
}
