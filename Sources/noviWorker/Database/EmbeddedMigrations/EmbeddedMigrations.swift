// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together.
// swift-format-ignore-file

/// The files of the folder Migrations, as they are.
enum EmbeddedMigrations {
    /// One migration's files.
    struct Files: Sendable {
        let version: String
        let name: String
        let up: String
        let down: String?
    }

    /// All, in order.
    static let all: [Files] = [
        of20261125000100,
        of20261125000200,
        of20261125000300,
        of20261125000400,
        of20261125000500,
        of20261125000600,
    ]
}
