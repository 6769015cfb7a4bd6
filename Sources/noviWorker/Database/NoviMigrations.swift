import Postgres

/// The migrations that this program was built with.
enum NoviMigrations {
    /// All, in order.
    ///
    /// - Throws: `MigrationProblem` when one is not as it must be.
    static func all() throws(MigrationProblem) -> [Migration] {
        var migrations: [Migration] = []
        for files in EmbeddedMigrations.all {
            migrations.append(
                try Migration(version: files.version, name: files.name, up: files.up, down: files.down)
            )
        }
        return migrations
    }

    /// The migrations of a folder: `VERSION_NAME.up.sql` and, where there is a way back, `VERSION_NAME.down.sql`.
    ///
    /// - Throws: `MigrationProblem` for a file that fits neither, or cannot be read.
    static func all(in directory: String) throws(MigrationProblem) -> [Migration] {
        let names = folders(in: directory).filter { $0.hasSuffix(".sql") }.sorted()
        guard !names.isEmpty else { throw MigrationProblem("there are no .sql files in \(directory)") }
        var migrations: [Migration] = []
        for name in names {
            guard name.hasSuffix(".up.sql") || name.hasSuffix(".down.sql") else {
                throw MigrationProblem("\(directory)/\(name) must end in .up.sql or .down.sql")
            }
            let isUp = name.hasSuffix(".up.sql")
            let stem = name.dropLast(isUp ? ".up.sql".count : ".down.sql".count)
            guard isUp else {
                guard names.contains("\(stem).up.sql") else {
                    throw MigrationProblem("\(directory)/\(name) has no \(stem).up.sql beside it")
                }
                continue
            }
            let parts = stem.split(separator: "_", maxSplits: 1)
            guard parts.count == 2 else {
                throw MigrationProblem("\(directory)/\(name) must look like 20261125000100_name.up.sql")
            }
            let down = "\(stem).down.sql"
            migrations.append(
                try Migration(
                    version: String(parts[0]),
                    name: String(parts[1]),
                    up: try text(of: "\(directory)/\(name)"),
                    down: names.contains(down) ? try text(of: "\(directory)/\(down)") : nil
                )
            )
        }
        return migrations
    }

    private static func text(of path: String) throws(MigrationProblem) -> String {
        do {
            return try readFile(path)
        } catch {
            throw MigrationProblem("cannot read \(path): \(error)")
        }
    }
}
