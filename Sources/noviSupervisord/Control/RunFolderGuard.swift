import LinuxSystem
import Shared

/// Keeps the way to the living daemon open (F22): what somebody removes, replaces or locks up in the run folder — the folder
/// itself, its mode, the lock, the pid file, the control socket — is made again as soon as the kernel tells of it.
///
/// The lock comes first: a daemon that lost it to another one makes nothing any more, so that two never fight.
final class RunFolderGuard {
    /// What a look found.
    struct Findings {
        /// A control socket that takes the place of the one that was lost; `nil` when it is there.
        var listener: Descriptor?
        /// Whether the run journal has to be written anew.
        var hasLostJournal = false
        /// What was done, and what could not be, for the log.
        var remarks: [String] = []
    }

    private let layout: HomeLayout
    private let watch: FolderWatch
    private var lock: FileLock
    private var socket: FileStatus.Identity?
    /// The number of the watched folder; `nil` while there is none.
    private var folder: Int32?
    /// Whether another daemon has the lock of this home now.
    private var isReplaced = false
    /// What was said last, so that a trouble that stays is told once.
    private var lastRemarks: [String] = []

    /// The descriptor that holds the lock now, for the image that comes after this one.
    var lockNumber: Int32 { lock.descriptor.rawValue }

    /// What to watch for `.readable`.
    var rawValue: Int32 { watch.rawValue }

    /// Begins to watch a run folder in which everything is in place.
    init(_ layout: HomeLayout, lock: FileLock) throws(SystemError) {
        self.layout = layout
        self.lock = lock
        watch = try FolderWatch()
        socket = Self.identity(of: layout.controlSocket)
        folder = try watch.add(layout.runDirectory, Self.changes)
    }

    /// The permission bits of the control socket.
    static let socketMode: UInt32 = 0o600

    private static let changes: FolderWatch.Changes = [
        .disappeared, .movedIn, .attributes, .folderLost,
    ]

    /// Takes in what the kernel tells and puts right what is wrong.
    func examine() -> Findings {
        let names = Set(
            [layout.controlSocket, layout.lockFile, layout.pidFile, layout.runJournal].map(Self.name)
        )
        let occurrences = (try? watch.occurrences()) ?? []
        if occurrences.contains(where: { $0.changes.contains(.ended) && $0.folder == folder }) {
            folder = nil
        }
        guard occurrences.contains(where: { $0.name.map(names.contains) ?? true }) else { return Findings() }
        var findings = Findings()
        do throws(SystemError) {
            try restore(&findings)
        } catch {
            findings.remarks.append("cannot keep the way to this daemon open: \(error)")
        }
        if findings.remarks == lastRemarks {
            findings.remarks = []
        } else if !findings.remarks.isEmpty {
            lastRemarks = findings.remarks
        }
        return findings
    }

    private func restore(_ findings: inout Findings) throws(SystemError) {
        try DaemonSetup.makeFolders(layout)
        // Also where the old one is watched still: it may have another name now.
        let number = try watch.add(layout.runDirectory, Self.changes)
        let isNewFolder = folder != number
        folder = number
        guard try holdsLock(&findings) else { return }
        if Self.identity(of: layout.pidFile) == nil {
            try DaemonSetup.writePidFile(layout)
        }
        findings.hasLostJournal = Self.identity(of: layout.runJournal) == nil
        if isNewFolder {
            findings.remarks.append("\(layout.runDirectory) was lost and is made again")
        }
        guard let fate = fateOfSocket() else { return }
        findings.listener = try UnixSocket.listen(layout.controlSocket, mode: Self.socketMode)
        socket = Self.identity(of: layout.controlSocket)
        findings.remarks.append("the control socket was \(fate) and is made again")
    }

    /// What became of the control socket; `nil` when it is as it was made.
    private func fateOfSocket() -> String? {
        guard let status = try? FileStatus(path: layout.controlSocket, followsLinks: false) else {
            return "removed"
        }
        guard status.identity == socket else { return "replaced" }
        return status.mode == Self.socketMode ? nil : "given another mode"
    }

    /// Whether the lock file is the one whose lock we hold; one that was removed is made and locked again.
    private func holdsLock(_ findings: inout Findings) throws(SystemError) -> Bool {
        guard !isReplaced else { return false }
        let present = Self.identity(of: layout.lockFile)
        if present != nil, present == (try? lock.identity()) { return true }
        switch try FileLock.tryLock(layout.lockFile) {
        case .acquired(let lock):
            self.lock = lock
            findings.remarks.append("the lock file was removed and is made again")
            return true
        case .held(let pid):
            isReplaced = true
            let holder = pid.map { " (pid \($0))" } ?? ""
            findings.remarks.append(
                "another daemon\(holder) has taken \(layout.home) over: the lock file was removed under this one, "
                    + "which can only be ended by a signal now"
            )
            return false
        }
    }

    private static func identity(of path: String) -> FileStatus.Identity? {
        (try? FileStatus(path: path, followsLinks: false))?.identity
    }

    private static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
