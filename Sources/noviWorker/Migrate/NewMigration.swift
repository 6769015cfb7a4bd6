import Glibc
import Postgres

/// The files of a migration that is to be written.
struct NewMigration {
    let name: String
    let directory: String
    let now: UTCInstant

    /// The version: the time as 14 digits.
    var version: String {
        String(now.description.prefix(19).filter { $0.isNumber })
    }

    /// Makes the two files; never over others.
    ///
    /// - Returns: Their paths.
    /// - Throws: `MigrationProblem` for a bad name; ``FileFailure`` when a file cannot be made.
    func write() throws -> [String] {
        guard Migration.isName(name) else {
            throw MigrationProblem(
                "\"\(name)\" is no name of a migration: small letters, digits and _ are, at most 60"
            )
        }
        let up = "\(directory)/\(version)_\(name).up.sql"
        let down = "\(directory)/\(version)_\(name).down.sql"
        let title = name.split(separator: "_").joined(separator: " ")
        try make(
            up,
            """
            -- \(title)
            -- Only add here what older programs can live with: a new table, a column with a default or NULL, an index.

            """
        )
        try make(down, "-- novi: destructive\n")
        return [up, down]
    }

    private func make(_ path: String, _ text: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileFailure("cannot make \(path)", errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw FileFailure("cannot write \(path)", errno)
        }
    }
}
