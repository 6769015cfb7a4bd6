import Glibc

/// Writes to the systemd journal by its native protocol: one datagram of fields (M33).
public enum SystemLog {
    /// Where the journal listens.
    public static let journalSocketPath = "/run/systemd/journal/socket"

    /// Writes one entry; without a journal, or with one that does not answer, nothing happens.
    ///
    /// - Parameters:
    ///   - message: The text.
    ///   - priority: 0 (emergency) to 7 (debug), as in syslog(3).
    ///   - fields: More fields; names are upper case letters, digits and underscores, others are left out.
    ///   - path: The journal's socket.
    /// - Returns: Whether the journal took it.
    @discardableResult
    public static func write(
        _ message: String,
        priority: Int,
        fields: [(name: String, value: String)] = [],
        to path: String = journalSocketPath
    ) -> Bool {
        var bytes: [UInt8] = []
        append("MESSAGE", message, to: &bytes)
        append("PRIORITY", "\(min(max(priority, 0), 7))", to: &bytes)
        for field in fields where isName(field.name) {
            append(field.name, field.value, to: &bytes)
        }
        do throws(SystemError) {
            try UnixDatagram.send(bytes, to: path, "write to the journal")
            return true
        } catch {
            return false
        }
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (65...90).contains(first) else { return false }
        return name.utf8.count <= 64
            && name.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
    }

    /// `NAME=value`, or with a line feed inside: the name, its length as 64 bits, the value.
    private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes += name.utf8
        if value.utf8.contains(10) {
            bytes.append(10)
            withUnsafeBytes(of: UInt64(value.utf8.count).littleEndian) { bytes += $0 }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes += value.utf8
        bytes.append(10)
    }
}
