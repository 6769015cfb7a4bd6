import Glibc
import LinuxSystem
import Shared
import Synchronization

/// The mark that this daemon got ready and did not end in order yet, and the copy of its program that goes with it.
///
/// Whoever starts the daemon again after its death takes the program that is known to be good: after an upgrade that does
/// not come up this is the one before it (M17). On a fresh start, without a mark, it takes what is installed.
final class CommitMark: Sendable {
    private let path: String
    private let launchMark: String
    private let programCopy: String
    private let text: String
    private let thread = JoinableThread()

    /// Makes it; nothing is written yet.
    init(_ layout: HomeLayout, bootID: String) {
        path = layout.commitMark
        launchMark = layout.launchMark
        programCopy = layout.committedProgram
        text = "\(bootID) \(CurrentProcess.processID) ready\n"
    }

    /// Whether whoever started us looks at the mark: a keeper, or the same program as a service's launcher.
    static func isLookedAt(_ layout: HomeLayout, bootID: String, hasKeeper: Bool) -> Bool {
        if hasKeeper { return true }
        guard let bytes = try? FileContents.read(layout.launchMark, limit: 256) else { return false }
        return String(decoding: bytes, as: UTF8.self).hasPrefix("\(bootID) \(CurrentProcess.processID) ")
    }

    /// Keeps a copy of our program and then sets the mark.
    ///
    /// A second name for the file costs nothing; where that is not possible it is copied, by a thread that takes only what
    /// nobody else wants.
    func set() {
        if ProgramCopy.isCurrent(programCopy) || ProgramCopy.link(to: programCopy) {
            write()
            return
        }
        thread.start { [self] in
            CurrentProcess.setName("novi-commit")
            CurrentProcess.lowerThreadPriority()
            // Without a copy the mark still says that this daemon got ready; what is installed is started then.
            if !ProgramCopy.copy(to: programCopy) { try? FileContents.remove(programCopy) }
            write()
        }
    }

    /// Removes the mark: the daemon ends in order.
    func clear() {
        thread.join()
        try? FileContents.remove(path)
        Self.clearLaunch(launchMark)
    }

    /// Removes the mark of our launch: this program can say why it ends, so that there is no reason to try another.
    static func clearLaunch(_ path: String) {
        guard let bytes = try? FileContents.read(path, limit: 256) else { return }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        if words.count == 3, words[1] == "\(CurrentProcess.processID)" { try? FileContents.remove(path) }
    }

    private func write() {
        try? AtomicFile.replace(path, Array(text.utf8), durable: false)
    }
}

/// A copy of the program that runs.
enum ProgramCopy {
    private static let own = "/proc/self/exe"

    /// Whether a file is our program already: the same file, or one of its size and time.
    static func isCurrent(_ path: String) -> Bool {
        guard let copy = try? FileStatus(path: path, followsLinks: false), copy.kind == .regular,
            let program = try? FileStatus(path: own)
        else { return false }
        if copy.identity == program.identity { return true }
        return copy.size == program.size && copy.modifiedNanoseconds == program.modifiedNanoseconds
    }

    /// Gives our program a second name; fails across file systems, for a file that is another user's, and for one that was
    /// removed.
    static func link(to path: String) -> Bool {
        let temporary = "\(path).new"
        unlink(temporary)
        guard linkat(AT_FDCWD, own, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0 else { return false }
        return rename(temporary, path) == 0
    }

    /// Copies our program, with its time.
    static func copy(to path: String) -> Bool {
        let temporary = "\(path).new"
        unlink(temporary)
        let source = Descriptor(open(own, O_RDONLY | O_CLOEXEC))
        let target = Descriptor(open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o700))
        guard source.rawValue >= 0, target.rawValue >= 0 else { return false }
        var status = stat()
        guard fstat(source.rawValue, &status) == 0 else { return false }
        var left = Int(status.st_size)
        while left > 0 {
            let count = sendfile(target.rawValue, source.rawValue, nil, min(left, 1 << 20))
            guard count > 0 else {
                unlink(temporary)
                return false
            }
            left -= count
        }
        var times = [status.st_atim, status.st_mtim]
        guard fchmod(target.rawValue, 0o700) == 0, futimens(target.rawValue, &times) == 0,
            rename(temporary, path) == 0
        else {
            unlink(temporary)
            return false
        }
        return true
    }
}
