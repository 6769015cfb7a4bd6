import Foundation
import Testing

/// A folder of one test with a short path; removed at the end.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/novi-gw-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Makes a folder below.
    @discardableResult
    func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: "\(path)/\(name)",
            withIntermediateDirectories: true
        )
        return "\(path)/\(name)"
    }

    /// Writes a file below.
    @discardableResult
    func file(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        return "\(path)/\(name)"
    }
}

/// What went wrong in a test's own machinery.
struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Waits until a condition holds; fails the test after `limit`.
func eventually(
    _ what: String,
    within limit: Duration = .seconds(120),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("not within \(limit): \(what)", sourceLocation: sourceLocation)
    throw TestFailure("not within \(limit): \(what)")
}

/// The checkout's root.
let checkout = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }

/// Where the built programs are: beside the test bundle.
let programs: String = {
    var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    if !FileManager.default.fileExists(atPath: folder.appendingPathComponent("noviGateway").path) {
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
    }
    return folder.path
}()

/// Runs a program to its end without blocking the other tests.
///
/// - Returns: Its exit code and all that it wrote.
func runToEnd(
    _ program: String,
    _ arguments: [String],
    _ environment: [String: String]? = nil
) async throws
    -> (code: Int32, output: String)
{
    let scratch = try ScratchFolder()
    let log = try scratch.file("output", "")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = environment ?? ProcessInfo.processInfo.environment
    process.standardInput = FileHandle.nullDevice
    let handle = try #require(FileHandle(forWritingAtPath: log))
    process.standardOutput = handle
    process.standardError = handle
    let code: Int32 = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do {
            try process.run()
        } catch {
            process.terminationHandler = nil
            continuation.resume(throwing: error)
        }
    }
    return (code, (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
}

/// The Python with the packages that `scripts/setup.sh` installs; `nil` when there is none or it lacks one.
func python(with package: String?) async throws -> String? {
    let path =
        ProcessInfo.processInfo.environment["NOVI_TEST_PYTHON"] ?? "\(checkout)/.build/python/bin/python"
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
    guard let package else { return path }
    return try await runToEnd(path, ["-c", "import \(package)"]).code == 0 ? path : nil
}
