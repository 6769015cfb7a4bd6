import LinuxSystem
import Shared
import SupervisorCore

/// The state file: what should run, replaced as a whole at every command, with checksum and a last good generation (M14).
///
/// Each one has a number, its generation. A copy of the newest is in the run folder: it is there when the disk is full or
/// the file is damaged, for as long as there can be runs to take over.
final class DesiredStateStore {
    let path: String
    /// Where the copy is; `nil` for none.
    let copyPath: String?
    /// The number of the newest state that was found or written.
    private(set) var generation: Int64 = 0

    /// The largest file that is read.
    static let maximumBytes = 256 << 20

    init(path: String, copyPath: String? = nil) {
        self.path = path
        self.copyPath = copyPath
    }

    /// What was found at the start.
    struct Loaded {
        /// What should run.
        var state: DesiredState
        /// Whether it is the newest that was written, as far as can be told.
        var isCurrent: Bool
        /// What was wrong and what was done about it, for the log.
        var remarks: [String]
    }

    /// Where the generation before the present one is.
    var lastGoodPath: String { path + ".last-good" }

    /// Reads the state; a file that is no good is set aside by name and the newest of the others is used.
    func load() -> Loaded {
        var remarks: [String] = []
        let newest = [path, copyPath].compactMap { $0 }.compactMap { read($0, &remarks) }
            .max { $0.generation < $1.generation }
        if let newest {
            generation = newest.generation
            if newest.path != path {
                remarks.append("\(path) is missing or older; used its copy \(newest.path)")
            }
            return Loaded(state: newest.state, isCurrent: true, remarks: remarks)
        }
        guard let lastGood = read(lastGoodPath, &remarks) else {
            return Loaded(state: DesiredState(), isCurrent: false, remarks: remarks)
        }
        generation = lastGood.generation
        remarks.append("used the state before the last command, \(lastGoodPath)")
        return Loaded(state: lastGood.state, isCurrent: false, remarks: remarks)
    }

    /// Removes what was written down.
    func forget() {
        for file in [path, copyPath, lastGoodPath].compactMap({ $0 }) { try? FileContents.remove(file) }
    }

    private func read(
        _ candidate: String,
        _ remarks: inout [String]
    ) -> (path: String, state: DesiredState, generation: Int64)? {
        guard FileStatus.exists(candidate) else { return nil }
        do {
            let bytes = try OwnFile.read(candidate, limit: Self.maximumBytes)
            let (state, generation) = try Self.decodeNumbered(bytes)
            return (candidate, state, generation)
        } catch {
            let aside = OwnFile.setAside(candidate)
            remarks.append("cannot use state file \(candidate): \(error); kept as \(aside ?? candidate)")
            return nil
        }
    }

    /// Replaces the file; the generation before stays as the last good one.
    ///
    /// It counts as written from the moment that the copy is.
    func save(_ state: DesiredState) throws(SystemError) {
        generation += 1
        let bytes = Self.encode(state, generation: generation)
        if let copyPath { try? AtomicFile.replace(copyPath, bytes, durable: false) }
        if FileStatus.exists(path) {
            try FileContents.link(path, to: lastGoodPath)
        }
        try AtomicFile.replace(path, bytes)
    }

    // MARK: - Format

    /// One line of header, `novi-state VERSION CHECKSUM LENGTH`, then the JSON.
    static func encode(_ state: DesiredState, generation: Int64 = 0) -> [UInt8] {
        var table = EnvironmentTable()
        let apps = state.apps.map { app -> JSONValue in
            let processes = app.processes.map { process -> JSONValue in
                var entry: JSONObject = [
                    "id": .integer(Int64(process.id)),
                    "instance": .integer(Int64(process.instance)),
                    "wanted": .bool(process.isWanted),
                ]
                entry["stop"] = process.stopReason?.json
                return .object(entry)
            }
            return .object(["definition": table.json(app.definition), "processes": .array(processes)])
        }
        let document = JSONValue.object([
            "generation": .integer(generation), "environments": table.json, "apps": .array(apps),
            "next_process_id": .integer(Int64(state.nextProcessID)),
        ])
        return StateEnvelope.sealed(document.serialized())
    }

    /// Why a state file is no good.
    struct FormatError: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads what ``encode(_:generation:)`` wrote.
    static func decode(_ bytes: [UInt8]) throws -> DesiredState {
        try decodeNumbered(bytes).state
    }

    /// Reads the state and its generation; 0 where it has no number.
    static func decodeNumbered(_ bytes: [UInt8]) throws -> (state: DesiredState, generation: Int64) {
        let document = try JSONValue(parsing: StateEnvelope.opened(bytes))
        guard let table = EnvironmentTable(json: document["environments"]?.arrayValue ?? []) else {
            throw FormatError(description: "its environments are no lists of variables")
        }
        var state = DesiredState()
        state.nextProcessID = try integer(document, "next_process_id")
        for entry in document["apps"]?.arrayValue ?? [] {
            guard let json = entry["definition"] else {
                throw FormatError(description: "an app has no definition")
            }
            let definition = try table.definition(json)
            let processes = try (entry["processes"]?.arrayValue ?? []).map { process in
                DesiredState.Process(
                    id: try integer(process, "id"),
                    instance: try integer(process, "instance"),
                    isWanted: process["wanted"]?.boolValue ?? true,
                    stopReason: process["stop"].map { StopReason(json: $0) }
                )
            }
            state.apps.append(DesiredState.App(definition: definition, processes: processes))
        }
        return (state, max(0, document["generation"]?.integerValue ?? 0))
    }

    private static func integer(_ json: JSONValue, _ key: String) throws(FormatError) -> Int {
        guard let number = json[key]?.integerValue, let integer = Int(exactly: number), integer >= 0 else {
            throw FormatError(description: "\(key) is missing or no number")
        }
        return integer
    }
}
