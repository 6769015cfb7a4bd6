import LinuxSystem

/// One stream on its way to its destination.
final class PumpedStream {
    enum Step {
        case moved(Int)
        case empty
        case failed(String)
    }

    let id: StreamID
    let pipe: OutputPipe
    var isWatched = false
    private let destination: LogPump.Destination
    private let capacityLimit: Int
    private var capacity: Int
    private var file: PrimaryLogFile?
    private var lines: PrefixedLines?

    /// The size to which a busy pipe grows (M6).
    static let maximumCapacity = 1 << 20

    init(id: StreamID, pipe: OutputPipe, destination: LogPump.Destination, capacityLimit: Int) {
        self.id = id
        self.pipe = pipe
        self.destination = destination
        self.capacityLimit = capacityLimit
        capacity = pipe.capacity ?? 65_536
        if case .terminal(let descriptor, let prefix) = destination {
            lines = PrefixedLines(descriptor: descriptor, prefix: prefix)
        }
    }

    /// Moves one batch.
    func move() -> Step {
        switch destination {
        case .terminal:
            guard let lines else { return .empty }
            let count = lines.copy(from: pipe)
            return count > 0 ? .moved(count) : .empty
        case .file(let path): return move(toFileAt: path)
        }
    }

    private func move(toFileAt path: String) -> Step {
        if file == nil {
            do throws(SystemError) {
                file = try PrimaryLogFile(path)
            } catch {
                return pipe.bytesAvailable == 0 ? .empty : .failed("\(error)")
            }
        }
        guard let file else { return .empty }
        do throws(SystemError) {
            _ = try file.checkIdentity()
            switch file.move(from: pipe, upTo: Self.maximumCapacity) {
            case .moved(let count):
                growIfBusy(count)
                return .moved(count)
            case .empty: return .empty
            case .full(let number):
                let error = SystemError("write log file", number, path)
                return .failed("\(error)")
            case .unsupported: return .failed("log file \(path) takes no bytes from a pipe")
            }
        } catch {
            return .failed("\(error)")
        }
    }

    /// A pipe that was found half full grows, up to what the budget allows.
    private func growIfBusy(_ count: Int) {
        guard count * 2 >= capacity, capacity < capacityLimit else { return }
        let wanted = min(capacity * 4, capacityLimit)
        capacity = (try? pipe.setCapacity(wanted)) ?? capacityLimit
    }

    func reopen() {
        file = nil
    }

    /// Writes a last line that has no end, where lines are assembled.
    func finish() {
        lines?.finish()
    }
}

/// The daemon's own log file: whole lines, appended.
final class JournalFile {
    private let path: String
    private var file: AppendOnlyFile?

    init(path: String) {
        self.path = path
    }

    func append(_ bytes: [UInt8]) {
        if file == nil {
            file = try? AppendOnlyFile(path, mode: 0o640)
        }
        // The same events are on the control socket and in the journal; a failing disk loses the copy only.
        if (try? file?.append(bytes)) == nil {
            file = nil
        }
    }

    func reopen() {
        file = nil
    }
}

/// Copies a stream line by line behind a prefix, for container mode.
final class PrefixedLines {
    private let descriptor: Int32
    private let prefix: [UInt8]
    private var pending: [UInt8] = []

    /// The longest line that waits for its end; a longer one is written in parts.
    private static let maximumPending = 65_536

    init(descriptor: Int32, prefix: String) {
        self.descriptor = descriptor
        self.prefix = Array(prefix.utf8)
    }

    func copy(from pipe: OutputPipe) -> Int {
        guard let chunk = try? pipe.read(upTo: 65_536), !chunk.isEmpty else { return 0 }
        let count = chunk.count
        var output: [UInt8] = []
        output.reserveCapacity(count + count / 8)
        for byte in chunk {
            pending.append(byte)
            if byte == 0x0A || pending.count >= Self.maximumPending {
                output += prefix + pending
                if byte != 0x0A {
                    output.append(0x0A)
                }
                pending.removeAll(keepingCapacity: true)
            }
        }
        StandardDescriptors.writeAll(output, to: descriptor)
        return count
    }

    func finish() {
        guard !pending.isEmpty else { return }
        StandardDescriptors.writeAll(prefix + pending + [0x0A], to: descriptor)
        pending = []
    }
}
