import Glibc

/// A folder of PostgreSQL's programs.
struct PostgreSQLInstallation: Equatable {
    /// The folder with `postgres` and `initdb`.
    let directory: String

    /// The major version, such as 15.
    let majorVersion: Int

    /// Where Debian and its relatives put one folder a version.
    static let root = "/usr/lib/postgresql"

    /// The installation in a folder; `nil` when its programs are missing or tell no version.
    init?(directory: String) {
        let programs = ["postgres", "initdb"].map { "\(directory)/\($0)" }
        guard programs.allSatisfy({ access($0, X_OK) == 0 }),
            let result = try? Program(path: programs[0], arguments: ["--version"]).run(),
            let version = Self.majorVersion(of: result.output)
        else { return nil }
        self.directory = directory
        majorVersion = version
    }

    /// All installations below ``root``, newest first.
    static func all() -> [PostgreSQLInstallation] {
        folders(in: root).compactMap { PostgreSQLInstallation(directory: "\(root)/\($0)/bin") }
            .sorted { $0.majorVersion > $1.majorVersion }
    }

    /// Reads `postgres (PostgreSQL) 15.18 (Debian …)`; `nil` when there is no number.
    static func majorVersion(of text: String) -> Int? {
        for word in text.split(whereSeparator: \.isWhitespace) {
            let digits = word.prefix { $0.isASCII && $0.isNumber }
            if let number = Int(digits) { return number }
        }
        return nil
    }
}

/// The names in a folder without `.` and `..`; empty when it cannot be read.
func folders(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}
