import LinuxSystem

/// Waits until one of several log files grows, is made or is replaced.
public final class LogWatch {
    private let watch: FolderWatch
    /// The files of a watched folder by their names, as numbers of those who asked.
    private var names: [Int32: [String: [Int]]] = [:]
    private var count = 0

    /// Watches the folders of files.
    public init(_ paths: [String]) throws(CommandFailure) {
        do throws(SystemError) {
            watch = try FolderWatch()
        } catch {
            throw CommandFailure("cannot follow logs: \(error)")
        }
        for path in paths { try add(path) }
    }

    /// Watches the folder of one more file, whose number is the next one.
    public func add(_ path: String) throws(CommandFailure) {
        do throws(SystemError) {
            let folder = try watch.add(Directory.parent(of: path), [.written, .appeared])
            let name = path.split(separator: "/").last.map(String.init) ?? path
            names[folder, default: [:]][name, default: []].append(count)
            count += 1
        } catch {
            throw CommandFailure("cannot follow logs: \(error)")
        }
    }

    /// What to watch for `.readable`.
    public var rawValue: Int32 { watch.rawValue }

    /// Waits, for ever if need be.
    ///
    /// - Returns: The numbers of the files that may have changed; all of them when the kernel's queue ran over.
    public func wait() -> Set<Int> {
        var found: Set<Int> = []
        while found.isEmpty {
            watch.wait()
            found = changed()
        }
        return found
    }

    /// The numbers of the files that may have changed since the last call; all of them when the kernel's queue ran over.
    public func changed() -> Set<Int> {
        var found: Set<Int> = []
        for occurrence in (try? watch.occurrences()) ?? [] {
            if occurrence.changes.contains(.overflow) { return Set(0..<count) }
            guard let name = occurrence.name else { continue }
            found.formUnion(names[occurrence.folder]?[name] ?? [])
        }
        return found
    }
}
