/// Paths as text, as PM2 and shells put them together; nothing is looked at on disk.
package enum FilePath {
    /// Makes an absolute path of `path`, relative to `directory`, without `.`, `..` and double slashes.
    package static func absolute(_ path: String, in directory: String) -> String {
        let full = path.hasPrefix("/") ? path : "\(directory)/\(path)"
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

    /// The folder of an absolute path; `/` for `/`.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// The last part of a path.
    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The text behind the last dot of the name, in lower case; empty without one.
    static func fileExtension(of path: String) -> String {
        let name = name(of: path)
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
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
