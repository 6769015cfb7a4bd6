import Glibc
import Postgres
import Testing

@testable import noviWorker

@Suite struct MigrationFilesTests {
    /// The checkout's root.
    private static let root = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }

    @Test func `the migrations in the program are the files, byte for byte`() throws {
        let files = try NoviMigrations.all(in: "\(Self.root)/Sources/noviWorker/Migrations")
        let embedded = try NoviMigrations.all()
        #expect(embedded.map(\.fileStem) == files.map(\.fileStem))
        for (own, file) in zip(embedded, files) {
            #expect(own == file, "run scripts/embed-migrations.sh: \(file.fileStem) differs")
        }
    }

    @Test func `each migration has a way back, and only ways back destroy`() throws {
        for migration in try NoviMigrations.all() {
            #expect(migration.down != nil, "\(migration.fileStem)")
            #expect(migration.up.destructiveWords == [], "\(migration.fileStem)")
        }
    }

    @Test func `a new migration gets the time and never replaces a file`() throws {
        let scratch = try ScratchFolder()
        let now = try #require(UTCInstant("2026-11-25T23:20:07Z"))
        let new = NewMigration(name: "order_tags", directory: scratch.path, now: now)
        let files = try new.write()
        #expect(files == ["up", "down"].map { "\(scratch.path)/20261125232007_order_tags.\($0).sql" })
        #expect(throws: FileFailure.self) { try new.write() }
        let read = try NoviMigrations.all(in: scratch.path)
        #expect(read.map(\.version) == ["20261125232007"])
        #expect(throws: MigrationProblem.self) {
            try NewMigration(name: "../x", directory: scratch.path, now: now).write()
        }
    }

    @Test func `files that fit nothing are told`() throws {
        let scratch = try ScratchFolder()
        #expect(throws: MigrationProblem.self) { try NoviMigrations.all(in: scratch.path) }
        try scratch.file("20261125000100_a.down.sql", "-- novi: destructive\n")
        #expect(throws: MigrationProblem.self) { try NoviMigrations.all(in: scratch.path) }
        try scratch.file("20261125000100_a.up.sql", "SELECT 1;\n")
        #expect(try NoviMigrations.all(in: scratch.path).count == 1)
        try scratch.file("notes.sql", "")
        #expect(throws: MigrationProblem.self) { try NoviMigrations.all(in: scratch.path) }
    }
}
