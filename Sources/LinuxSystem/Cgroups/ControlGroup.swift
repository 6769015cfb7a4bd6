import Glibc

/// A group of processes that the kernel counts and ends together (cgroup 2, cgroups(7)).
public struct ControlGroup: Hashable, Sendable {
    /// Its folder.
    public let path: String

    /// A group that is or may be there.
    ///
    /// - Parameter path: Its folder, below where the tree is mounted.
    public init(path: String) {
        self.path = path
    }

    /// The last part of its path.
    public var name: String { String(path.split(separator: "/").last ?? "") }

    /// A group below this one, whether it is there or not.
    ///
    /// - Parameter name: One part of a path.
    /// - Returns: The group.
    public func child(_ name: String) -> ControlGroup { ControlGroup(path: "\(path)/\(name)") }

    /// The group that this one is in.
    public var parent: ControlGroup { ControlGroup(path: Directory.parent(of: path)) }

    /// Whether it is there.
    public var exists: Bool { FileStatus.exists("\(path)/cgroup.procs") }

    // MARK: - Making and removing

    /// Makes the group in one that is there.
    ///
    /// - Throws: `SystemError`; EEXIST when it is there already.
    public func create() throws(SystemError) {
        try SystemCall.check("make cgroup", path) { mkdir(path, 0o755) }
    }

    /// Removes it.
    ///
    /// - Throws: `SystemError`; EBUSY when it has processes or groups.
    public func remove() throws(SystemError) {
        try SystemCall.check("remove cgroup", path) { rmdir(path) }
    }

    /// Opens it, to start a process in it (clone3(2), CLONE_INTO_CGROUP).
    ///
    /// - Returns: A descriptor of the folder, closed by execve(2).
    /// - Throws: `SystemError`.
    public func open() throws(SystemError) -> Descriptor {
        Descriptor(
            try SystemCall.check("open cgroup", path) {
                Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            }
        )
    }

    /// Has controllers count in the groups below it; what this kernel or the group above does not offer is left out.
    ///
    /// - Parameter controllers: Such as `memory`.
    /// - Returns: Those that do.
    public func enable(_ controllers: [String]) -> [String] {
        controllers.filter { write("cgroup.subtree_control", "+\($0)") }
    }

    // MARK: - Processes

    /// Moves a process into it.
    ///
    /// - Parameter pid: The process.
    /// - Returns: Whether it is there now.
    @discardableResult
    public func take(_ pid: Int32) -> Bool { write("cgroup.procs", "\(pid)") }

    /// The processes in it and in the groups below it.
    ///
    /// - Returns: None when the group is not there.
    public func processIDs() -> [Int32] {
        var found: [Int32] = []
        var pending = [path]
        // Bounded: an app that may delegate can make as many groups as it likes.
        var budget = Limits.cgroupFolders
        while let folder = pending.popLast(), budget > 0 {
            budget -= 1
            let text = (try? FileContents.read("\(folder)/cgroup.procs", limit: 1 << 20)) ?? []
            found += text.split(separator: 0x0A).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
            pending += Self.children(of: folder)
        }
        return found
    }

    /// The groups right below it.
    public var children: [ControlGroup] { Self.children(of: path).map { ControlGroup(path: $0) } }

    private static func children(of folder: String) -> [String] {
        let names = (try? Directory.names(in: folder)) ?? []
        return names.map { "\(folder)/\($0)" }
            .filter { (try? FileStatus(path: $0, followsLinks: false))?.kind == .directory }
    }

    /// Ends all processes in it and below it at once, also those that fork meanwhile (Linux 5.14).
    ///
    /// - Returns: Whether the kernel did.
    public func kill() -> Bool { write("cgroup.kill", "1") }

    // MARK: - Figures

    /// What the memory controller counts in it, file cache included, in bytes; `nil` without that controller.
    public var memoryBytes: Int64? { integer("memory.current") }
    /// The most that it was, in bytes (Linux 5.19).
    public var memoryPeakBytes: Int64? { integer("memory.peak") }
    /// How many tasks, threads included, are in it; `nil` without that controller.
    public var tasks: Int64? { integer("pids.current") }

    /// How many of its processes the OOM killer ended, for whatever limit; `nil` without the memory controller.
    public var oomKills: Int64? {
        guard let text = try? FileContents.read("\(path)/memory.events", limit: 4096) else { return nil }
        let line = text.split(separator: 0x0A).first { $0.starts(with: Array("oom_kill ".utf8)) }
        return line.flatMap { Int64(String(decoding: $0.dropFirst(9), as: UTF8.self)) }
    }

    private func integer(_ file: String) -> Int64? {
        guard let text = try? FileContents.read("\(path)/\(file)", limit: 64) else { return nil }
        return Int64(String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self))
    }

    private func write(_ file: String, _ text: String) -> Bool {
        let fd = SystemCall.repeating { Glibc.open("\(path)/\(file)", O_WRONLY | O_CLOEXEC | O_NOFOLLOW) }
        guard fd >= 0 else { return false }
        let descriptor = Descriptor(fd)
        let bytes = Array(text.utf8)
        return SystemCall.repeating { Int32(Glibc.write(descriptor.rawValue, bytes, bytes.count)) }
            == bytes.count
    }
}

extension ControlGroup {
    /// Where the tree of cgroup 2 is mounted.
    ///
    /// - Returns: `nil` where there is none, or none that can be seen.
    public static func root() -> ControlGroup? {
        guard let text = try? FileContents.read("/proc/self/mountinfo", limit: 1 << 20) else { return nil }
        for line in text.split(separator: 0x0A) {
            let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields.count > 4,
                fields[dash + 1] == "cgroup2", fields[3] == "/" || fields[3].hasPrefix("/..")
            else { continue }
            return ControlGroup(path: String(fields[4]))
        }
        return nil
    }

    /// The path of a process in the tree of cgroup 2, as the reader sees it, such as `/system.slice/novi.service`.
    ///
    /// - Parameter pid: The process.
    /// - Returns: `nil` when it is gone or there is no such tree.
    public static func path(of pid: Int32) -> String? {
        guard let text = try? FileContents.read("/proc/\(pid)/cgroup", limit: 65_536) else { return nil }
        let line = text.split(separator: 0x0A).first { $0.starts(with: Array("0::".utf8)) }
        return line.map { String(decoding: $0.dropFirst(3), as: UTF8.self) }
    }
}
