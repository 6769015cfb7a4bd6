import Glibc

/// The Python with the packages that `scripts/setup.sh` installs (`NOVI_TEST_PYTHON`).
enum TestPython {
    /// Its path; `nil` when a package is missing there.
    static func path(with package: String) async throws -> String? {
        guard let chosen = getenv("NOVI_TEST_PYTHON") else { return nil }
        let path = String(cString: chosen)
        guard access(path, X_OK) == 0, try await runToEnd([path, "-c", "import \(package)"]) == 0 else {
            return nil
        }
        return path
    }

    /// A file of `Tests/Support/api`.
    static func script(_ name: String) -> String {
        let folders = #filePath.split(separator: "/").dropLast(3)
        return "/" + folders.joined(separator: "/") + "/Support/api/\(name)"
    }
}
