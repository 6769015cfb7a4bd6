import CSupervisorShims
import Glibc

/// Files in memory, without a name in any folder (memfd_create(2)); for what goes from one program to the next.
public enum MemoryFile {
    /// Makes a file with contents that nobody can change any more, positioned at its beginning; it closes on exec.
    ///
    /// - Parameters:
    ///   - name: What /proc shows.
    ///   - bytes: Its contents.
    /// - Returns: The file.
    /// - Throws: `SystemError`.
    public static func sealed(_ name: String, _ bytes: [UInt8]) throws(SystemError) -> Descriptor {
        let file = Descriptor(try SystemCall.check("make a memory file", name) { novi_memory_file(name) })
        try file.writeAll(bytes)
        try SystemCall.check("seal a memory file", name) { novi_seal(file.rawValue) }
        try rewind(file.rawValue)
        return file
    }

    /// Puts a file back to its beginning (lseek(2)).
    ///
    /// - Throws: `SystemError`; ESPIPE for a pipe.
    public static func rewind(_ descriptor: Int32) throws(SystemError) {
        _ = try SystemCall.check("read again from the beginning") {
            Int32(clamping: lseek(descriptor, 0, SEEK_SET))
        }
    }
}
