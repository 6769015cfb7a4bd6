import LinuxSystem
import Shared

/// An upgrade under way: the new program rehearses, as a child, whether it can take over.
final class UpgradeAttempt {
    /// The new program.
    let program: String
    /// Which file it was when it rehearsed.
    let identity: FileStatus.Identity
    /// Who asked.
    let caller: ConnectionID
    /// Until when it must have told its result.
    let deadline: MonotonicInstant
    /// What it says.
    let output: Descriptor
    private let child: SpawnedProcess
    private var text: [UInt8] = []

    /// How long a rehearsal may take.
    static let patience: Duration = .seconds(10)
    /// The most that it may say.
    private static let maximumBytes = 16_384

    /// Starts the rehearsal.
    ///
    /// - Parameters:
    ///   - program: The new program.
    ///   - arguments: The arguments that it would get.
    ///   - handover: What would be handed over.
    ///   - caller: Who asked.
    ///   - now: The present time.
    /// - Throws: ``Refusal``.
    init(
        _ program: String,
        arguments: [String],
        handover: [UInt8],
        caller: ConnectionID,
        now: MonotonicInstant
    ) throws(Refusal) {
        self.program = program
        self.caller = caller
        deadline = now + Self.patience
        do {
            let status = try FileStatus(path: program)
            guard status.kind == .regular else { throw Refusal(reason: "\(program) is no file") }
            guard status.mode & 0o002 == 0 else {
                throw Refusal(reason: "\(program) can be changed by everybody; take that right away")
            }
            identity = status.identity
            let memory = try MemoryFile.sealed("novi-rehearsal", handover)
            let (reader, writer) = try Descriptor.pipe()
            try reader.setNonBlocking(true)
            output = reader
            var plan = SpawnPlan(
                executable: program,
                arguments: [program] + arguments + ["--rehearse", "--handover-fd", "3"],
                environment: CurrentProcess.environment(),
                descriptors: [-1, writer.rawValue, -1, memory.rawValue]
            )
            plan.workingDirectory = "/"
            child = try ChildProcess.spawn(plan)
        } catch let refusal as Refusal {
            throw refusal
        } catch let error as SpawnError {
            throw Refusal(reason: "cannot execute \(program): \(SystemError.text(of: error.errorNumber))")
        } catch {
            throw Refusal(reason: "\(error)")
        }
    }

    /// Why the new program does not take over.
    struct Refusal: Error {
        /// The reason for people.
        var reason: String
    }

    /// Reads what the new program says, until it has ended.
    ///
    /// - Returns: Its version when it is ready to take over; `nil` while it has not ended.
    /// - Throws: ``Refusal``.
    func result() throws(Refusal) -> String? {
        while !isAtEnd, let bytes = try? output.read(upTo: 4096) {
            isAtEnd = bytes.isEmpty
            text += bytes
            guard text.count <= Self.maximumBytes else {
                throw Refusal(reason: "\(program) says too much to be noviSupervisord")
            }
        }
        guard isAtEnd, let status = (try? ProcessHandle.peekExit(pidfd: child.pidfd.rawValue)) ?? nil else {
            return nil
        }
        let line = String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self)
        let words = line.split(separator: " ", maxSplits: 1)
        switch words.first.map(String.init) {
        case Rehearsal.readyWord where words.count == 2: return String(words[1])
        case Rehearsal.refusalWord where words.count == 2: throw Refusal(reason: String(words[1]))
        default:
            throw Refusal(
                reason: "\(program) did not rehearse as noviSupervisord does (it \(status.words))"
            )
        }
    }

    /// Whether it said all that it will say.
    private(set) var isAtEnd = false
    /// The child that rehearses.
    var processID: Int32 { child.processID }
    /// Readable when it has ended.
    var pidfd: Int32 { child.pidfd.rawValue }

    /// Ends the rehearsal; what is not reaped here is reaped like any orphan.
    func end() {
        try? ProcessHandle.sendSignal(pidfd: child.pidfd.rawValue, UnixSignal.kill.rawValue)
        _ = try? ProcessHandle.reap(pidfd: child.pidfd.rawValue)
    }

    /// Whether the program is still the file that rehearsed.
    var isUnchanged: Bool { (try? FileStatus(path: program))?.identity == identity }
}
