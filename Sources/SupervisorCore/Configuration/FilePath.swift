/// Paths as text, as PM2 and shells put them together; nothing is looked at on disk.
package enum FilePath {
    /// Makes an absolute path of `path`, relative to `directory`, without `.`, `..` and double slashes.
    package static func absolute(_ path: String, in directory: String) -> String {
        let full = path.hasPrefix("/") ? path : "\(directory)/\(path)"
        if isPlain(full) { return full }
        var parts: [Substring] = []
        for part in full.split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Whether nothing in an absolute path could be left out: no double slash, no name that begins with a dot.
    private static func isPlain(_ path: String) -> Bool {
        var previous: UInt8 = 0
        for byte in path.utf8 {
            if previous == slash, byte == slash || byte == UInt8(ascii: ".") { return false }
            previous = byte
        }
        return previous != slash
    }

    private static let slash = UInt8(ascii: "/")

    /// The folder of an absolute path; `/` for `/`.
    package static func parent(of path: String) -> String {
        guard let end = path.utf8.lastIndex(of: slash), end != path.startIndex else { return "/" }
        return String(path[..<end])
    }

    /// The last part of a path.
    package static func name(of path: String) -> String {
        let bytes = path.utf8
        guard let last = bytes.lastIndex(where: { $0 != slash }) else { return path }
        let end = bytes.index(after: last)
        let start = bytes[..<end].lastIndex(of: slash).map { bytes.index(after: $0) } ?? bytes.startIndex
        return String(path[start..<end])
    }

    /// Puts `-N` before the extension for every instance but the first.
    package static func numbered(_ path: String, instance: Int) -> String {
        guard instance > 0 else { return path }
        let slash = path.utf8.lastIndex(of: slash)
        if let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")),
            slash.map({ dot > path.utf8.index(after: $0) }) ?? true
        {
            return path[..<dot] + "-\(instance)" + path[dot...]
        }
        return path + "-\(instance)"
    }

    /// The text behind the last dot of the name, in lower case; empty without one.
    static func fileExtension(of path: String) -> String {
        let name = name(of: path)
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return "" }
        return name[name.utf8.index(after: dot)...].lowercased()
    }

    /// The folders on the way to an absolute path, from `/` on, without the path itself.
    static func ancestors(of path: String) -> [String] {
        var result: [String] = []
        var current = path
        while current != "/" {
            current = parent(of: current)
            result.append(current)
        }
        return result.reversed()
    }
}
