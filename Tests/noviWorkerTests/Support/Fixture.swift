import Glibc

@testable import noviWorker

/// Files that tests of several targets read.
enum Fixture {
    private static let folder: String = {
        let tests = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        return "\(tests)/Fixtures"
    }()

    /// The bytes of a file.
    static func bytes(_ name: String) throws -> [UInt8] { try readBytes("\(folder)/\(name)", limit: 8 << 20) }

    /// The names in a folder that end so, sorted.
    static func names(_ name: String, suffix: String) throws -> [String] {
        guard let directory = opendir("\(folder)/\(name)") else {
            throw TestFailure("no fixtures in \(name)")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(suffix) { names.append(name) }
        }
        return names.sorted()
    }
}
