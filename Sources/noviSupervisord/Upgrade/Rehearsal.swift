import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// The rehearsal of an upgrade, in the new program: it reads what it would take over and changes nothing.
enum Rehearsal {
    /// The word before the version of a program that is ready to take over.
    static let readyWord = "ready"
    /// The word before the reason of one that is not.
    static let refusalWord = "cannot"

    /// Rehearses and tells the result on standard output.
    ///
    /// - Returns: The exit status.
    static func run(_ options: DaemonOptions) -> Int32 {
        do {
            try check(options)
            StandardDescriptors.say("\(readyWord) \(DaemonVersion.text)")
            return 0
        } catch {
            StandardDescriptors.say("\(refusalWord) \(error)")
            return 1
        }
    }

    private static func check(_ options: DaemonOptions) throws {
        guard let number = options.handoverDescriptor else { throw Obstacle("there is no hand-over") }
        let handover = try Handover(
            decoding: try Descriptor(number).readAll(upTo: Handover.maximumBytes)
        )
        let generation = try checkDesiredState(options, handover)
        try checkRuns(options.layout.runJournal, handover, generation)
        let layout = options.layout
        for folder in [layout.runDirectory, layout.stateDirectory, layout.logDirectory] {
            guard access(folder, R_OK | W_OK | X_OK) == 0 else {
                throw SystemError("use folder", errno, folder)
            }
        }
    }

    /// Reads the desired state; returns its generation.
    private static func checkDesiredState(_ options: DaemonOptions, _ handover: Handover) throws -> Int64 {
        let path = options.stateFile
        guard FileStatus.exists(path) else {
            guard handover.apps == 0 else { throw Obstacle("there is no \(path)") }
            return 0
        }
        let bytes = try OwnFile.read(path, limit: DesiredStateStore.maximumBytes)
        let decoded: (state: DesiredState, generation: Int64)
        do {
            decoded = try DesiredStateStore.decodeNumbered(bytes)
        } catch {
            throw Obstacle("\(path): \(error)")
        }
        guard decoded.state.apps.count == handover.apps else {
            throw Obstacle("\(path) has \(decoded.state.apps.count) apps and not \(handover.apps)")
        }
        return decoded.generation
    }

    /// Reads the run journal; every run that is handed over must be in it.
    private static func checkRuns(_ path: String, _ handover: Handover, _ generation: Int64) throws {
        guard !handover.runs.isEmpty else { return }
        let bytes = try OwnFile.read(path, limit: RunJournal.maximumBytes)
        let contents = JournalContents(
            bytes.split(separator: 0x0A).dropFirst().compactMap { JournalLine($0) },
            generation: generation
        )
        guard let missing = handover.runs.first(where: { contents.executed[$0] == nil }) else { return }
        throw Obstacle("\(path) does not tell of run \(missing)")
    }

    /// Why the program cannot take over.
    private struct Obstacle: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}
