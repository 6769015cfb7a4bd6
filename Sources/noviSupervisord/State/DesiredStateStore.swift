import LinuxSystem
import Shared
import SupervisorCore

/// The state file: what should run, replaced as a whole at every command, with checksum and a last good generation (M14).
struct DesiredStateStore {
    let path: String

    /// The version of the format that is written.
    static let version: Int64 = 1
    /// The largest file that is read.
    static let maximumBytes = 256 << 20

    /// What was found at the start.
    struct Loaded {
        /// What should run.
        var state: DesiredState
        /// What was wrong and what was done about it, for the log.
        var remarks: [String]
    }

    /// Where the generation before the present one is.
    var lastGoodPath: String { path + ".last-good" }

    /// Reads the state; a file that is no good is set aside by name and the last good one is used.
    func load() -> Loaded {
        var remarks: [String] = []
        for candidate in [path, lastGoodPath] {
            do {
                guard FileStatus.exists(candidate) else { continue }
                let state = try Self.decode(try FileContents.read(candidate, limit: Self.maximumBytes))
                return Loaded(state: state, remarks: remarks)
            } catch {
                let aside = setAside(candidate)
                remarks.append("cannot use state file \(candidate): \(error); kept as \(aside ?? candidate)")
            }
        }
        return Loaded(state: DesiredState(), remarks: remarks)
    }

    /// Removes what was written down.
    func forget() {
        for file in [path, lastGoodPath] { try? FileContents.remove(file) }
    }

    private func setAside(_ candidate: String) -> String? {
        for number in 1...999 {
            let name = "\(candidate).corrupt-\(number)"
            guard !FileStatus.exists(name) else { continue }
            do throws(SystemError) {
                try FileContents.rename(candidate, to: name)
                return name
            } catch {
                return nil
            }
        }
        return nil
    }

    /// Replaces the file; the generation before stays as the last good one.
    func save(_ state: DesiredState) throws(SystemError) {
        if FileStatus.exists(path) {
            try FileContents.link(path, to: lastGoodPath)
        }
        try AtomicFile.replace(path, Self.encode(state))
    }

    // MARK: - Format

    /// One line of header, `novi-state VERSION CHECKSUM LENGTH`, then the JSON.
    static func encode(_ state: DesiredState) -> [UInt8] {
        var table = EnvironmentTable()
        let apps = state.apps.map { app -> JSONValue in
            let processes = app.processes.map { process -> JSONValue in
                .object([
                    "id": .integer(Int64(process.id)),
                    "instance": .integer(Int64(process.instance)),
                    "wanted": .bool(process.isWanted),
                ])
            }
            return .object(["definition": table.json(app.definition), "processes": .array(processes)])
        }
        let document = JSONValue.object([
            "environments": table.json, "apps": .array(apps),
            "next_process_id": .integer(Int64(state.nextProcessID)),
        ])
        let body = document.serialized()
        return Array("novi-state \(version) \(checksum(body)) \(body.count)\n".utf8) + body
    }

    /// Why a state file is no good.
    struct FormatError: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads what ``encode(_:)`` wrote.
    static func decode(_ bytes: [UInt8]) throws -> DesiredState {
        guard let end = bytes.firstIndex(of: 0x0A), end < 128 else {
            throw FormatError(description: "it has no header")
        }
        let header = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
        guard header.count == 4, header[0] == "novi-state", let number = Int64(header[1]) else {
            throw FormatError(description: "its header is damaged")
        }
        guard number <= version else {
            throw FormatError(description: "it is of version \(number), newer than this program's \(version)")
        }
        let body = Array(bytes[(end + 1)...])
        guard Int(header[3]) == body.count else {
            throw FormatError(description: "it is cut: \(body.count) of \(header[3]) bytes")
        }
        guard checksum(body) == header[2] else { throw FormatError(description: "its checksum does not fit") }
        let document = try JSONValue(parsing: body)
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
                    isWanted: process["wanted"]?.boolValue ?? true
                )
            }
            state.apps.append(DesiredState.App(definition: definition, processes: processes))
        }
        return state
    }

    private static func integer(_ json: JSONValue, _ key: String) throws(FormatError) -> Int {
        guard let number = json[key]?.integerValue, let integer = Int(exactly: number), integer >= 0 else {
            throw FormatError(description: "\(key) is missing or no number")
        }
        return integer
    }

    /// FNV-1a, 64 bits: finds damage, not forgery: the file is ours alone.
    static func checksum(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }
}
