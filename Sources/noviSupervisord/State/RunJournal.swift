import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// The record of what every process is doing, written before it is done (M14).
///
/// Append-only lines (``JournalLine``) in the run folder, after a first line `novi-runs VERSION BOOT`: it is void after a
/// reboot. It is not synced: the kernel keeps it through any death of the daemon. It is written anew at each start and when
/// it has grown much beyond what it says.
final class RunJournal {
    /// What an earlier daemon left.
    struct Loaded {
        /// Its lines that make sense.
        var lines: [JournalLine] = []
        /// How long the part is that ends with a whole line; `nil` when the file cannot be gone on with.
        var usableBytes: Int64?
        /// What was wrong and what was done about it, for the log.
        var remarks: [String] = []
    }

    private let path: String
    private let bootID: String
    private var file: AppendOnlyFile?
    private var buffer: [UInt8] = []
    /// How many lines were written since the last time it was written anew.
    private var lines = 0
    private var isBroken = false
    /// Called once when it cannot be written, and not again before it could.
    var complain: (SystemError) -> Void = { _ in }

    /// How many lines may be there beyond four for each of what lives, before it is written anew.
    static let slack = 512
    /// The size from which it is written anew, however few lines that are.
    static let largestSize: Int64 = 8 << 20
    /// The longest journal that is read.
    static let maximumBytes = 256 << 20
    /// The version that is written.
    ///
    /// Readers take every version: what they do not know they skip.
    static let version = 2

    /// Goes on with what an earlier daemon wrote, or begins anew.
    init(path: String, bootID: String, goingOnWith loaded: Loaded = Loaded()) throws(SystemError) {
        self.path = path
        self.bootID = bootID
        guard let usable = loaded.usableBytes else {
            try replace(with: [])
            return
        }
        let file = try AppendOnlyFile(path)
        // A torn last line must not become part of the next one.
        if file.size > usable { try file.truncate(to: usable) }
        self.file = file
        lines = loaded.lines.count
    }

    /// Reads what an earlier daemon of this boot left; nothing when there is no journal, or one of another boot.
    ///
    /// A file that others own or may write is nobody's proof: it is set aside by name and not read (M12).
    static func load(path: String, bootID: String) -> Loaded {
        var loaded = Loaded()
        guard FileStatus.exists(path) else { return loaded }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try OwnFile.read(path, limit: maximumBytes)
        } catch {
            let aside = OwnFile.setAside(path)
            loaded.remarks.append("cannot use run journal: \(error); kept as \(aside ?? path)")
            return loaded
        }
        guard let headerEnd = bytes.firstIndex(of: 0x0A) else { return loaded }
        let header = String(decoding: bytes[..<headerEnd], as: UTF8.self).split(separator: " ")
        guard header.count == 3, header[0] == "novi-runs", Int(header[1]) != nil else {
            let aside = OwnFile.setAside(path)
            loaded.remarks.append(
                "cannot use run journal: its first line is damaged; kept as \(aside ?? path)"
            )
            return loaded
        }
        guard header[2] == bootID else { return loaded }
        let end = (bytes.lastIndex(of: 0x0A) ?? headerEnd) + 1
        var damaged = 0
        for line in bytes[(headerEnd + 1)..<end].split(separator: 0x0A) {
            if let known = JournalLine(line) { loaded.lines.append(known) } else { damaged += 1 }
        }
        if damaged > 0 {
            loaded.remarks.append(
                "\(damaged) \(damaged == 1 ? "line" : "lines") of the run journal made no sense"
            )
        }
        loaded.usableBytes = Int64(end)
        return loaded
    }

    /// Adds a line; it is written with the next flush.
    func append(_ line: JournalLine) {
        buffer += line.bytes
        buffer.append(0x0A)
        lines += 1
    }

    /// Writes what was added; one write.
    func flush() {
        guard !buffer.isEmpty else { return }
        do throws(SystemError) {
            guard let file else { throw SystemError("write", EBADF, path) }
            try file.append(buffer)
            isBroken = false
        } catch {
            tell(error)
        }
        // What could not be written is made good when the journal is written anew.
        buffer.removeAll(keepingCapacity: buffer.count < 65_536)
    }

    /// Whether it is time to write it anew.
    ///
    /// - Parameter living: How many processes there are.
    /// - Returns: Whether ``rewrite(_:)`` is due.
    func isOverdue(living: Int) -> Bool {
        isBroken || lines > living * 4 + Self.slack
            || (file?.size ?? 0) > Self.largestSize + Int64(living) * 16_384
    }

    /// Writes it anew; what was added and not written is dropped, so `contents` must say it.
    func rewrite(_ contents: [JournalLine]) {
        do throws(SystemError) {
            try replace(with: contents)
            isBroken = false
        } catch {
            tell(error)
        }
    }

    private func tell(_ error: SystemError) {
        if !isBroken { complain(error) }
        isBroken = true
    }

    private func replace(with contents: [JournalLine]) throws(SystemError) {
        var bytes = Array("novi-runs \(Self.version) \(bootID)\n".utf8)
        for line in contents {
            bytes += line.bytes
            bytes.append(0x0A)
        }
        try AtomicFile.replace(path, bytes, durable: false)
        file = try AppendOnlyFile(path)
        buffer.removeAll()
        lines = contents.count
    }
}

extension FileStatus.Identity {
    /// `DEVICE:INODE`.
    var journalText: String { "\(device):\(inode)" }

    init?(journalText: String) {
        let parts = journalText.split(separator: ":")
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else {
            return nil
        }
        self.init(device: device, inode: inode)
    }
}
