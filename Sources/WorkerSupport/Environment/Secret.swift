import Glibc

/// A text that is never shown: not in logs, not when it is printed by mistake.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The text, for whoever needs it.
    public let text: String

    /// Hides a text.
    public init(_ text: String) {
        self.text = text
    }

    /// Nothing of the text.
    public var description: String { "(hidden)" }

    /// Nothing of the text.
    public var debugDescription: String { description }

    /// Nothing of the text.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension VariableReader {
    /// A secret: in the variable, in the file that `NAME_FILE` names, or in systemd's folder for credentials under the
    /// name in upper or lower case (systemd.exec(5), `LoadCredential=`).
    ///
    /// White space around it is cut. `nil` when there is none, or when it cannot be read or used (which is a problem).
    public mutating func secret(_ name: String) -> Secret? {
        let inline = text(name)
        let file = path("\(name)_FILE")
        if inline != nil, file != nil {
            report("\(name) and \(name)_FILE are both set; remove one")
            return nil
        }
        guard let found = inline ?? file.flatMap({ contents($0, of: name) }) ?? credential(name) else {
            return nil
        }
        let secret = found.trimmingSpace
        guard !secret.isEmpty, secret.utf8.count <= Limits.secretBytes,
            secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            report(
                "\(name) must be printable ASCII without spaces, at most \(Limits.secretBytes) bytes"
            )
            return nil
        }
        return Secret(secret)
    }

    private func credential(_ name: String) -> String? {
        guard let folder = text("CREDENTIALS_DIRECTORY") else { return nil }
        for file in [name, name.lowercased()] {
            if let bytes = try? Self.bytes("\(folder)/\(file)") {
                return String(decoding: bytes, as: UTF8.self)
            }
        }
        return nil
    }

    private mutating func contents(_ path: String, of name: String) -> String? {
        do {
            return String(decoding: try Self.bytes(path), as: UTF8.self)
        } catch {
            report("\(name)_FILE: cannot read \(path): \(String(cString: strerror(error.code)))")
            return nil
        }
    }

    private struct ReadFailure: Error {
        let code: Int32
    }

    private static func bytes(_ path: String) throws(ReadFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw ReadFailure(code: errno) }
        defer { close(descriptor) }
        // One byte more than may be used tells that there is too much.
        var bytes = [UInt8](repeating: 0, count: Limits.secretBytes + 64)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw ReadFailure(code: errno) }
        return Array(bytes[..<count])
    }
}

extension String {
    fileprivate var trimmingSpace: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
