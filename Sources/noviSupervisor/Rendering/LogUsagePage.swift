import LinuxSystem
import LogFiles
import Shared
import SupervisorClient
import SupervisorCore

/// The page of `logs usage`.
struct LogUsagePage {
    private struct App {
        var definition: AppDefinition
        var logs: [LogInventory]
        var usage = LogUsage()
        var headroom: LogHeadroom
    }

    private struct Disk {
        var folder: String
        var free: Int64
        var total: Int64
        var keepFreePercent: Int

        var isShort: Bool { total > 0 && free * 100 < total * Int64(keepFreePercent) }
    }

    private var apps: [App] = []
    private var disks: [Disk] = []
    private var total = LogUsage()

    /// Looks at the files of apps; a file that several name is counted with the first.
    init(
        _ known: [KnownApps.App],
        directory: String,
        room: (String) -> LogKeeper.Room? = LogKeeper.room
    ) {
        var seen: Set<String> = []
        var folders: [String: Int] = [:]
        for app in known {
            let paths = LogPaths.all(of: app.definition, instances: app.instances, directory: directory)
            let logs = paths.filter { seen.insert($0.path).inserted }.map { LogInventory($0) }
            let policy = app.definition.logs.policy
            var entry = App(
                definition: app.definition,
                logs: logs,
                headroom: LogHeadroom(policy, logs: logs.map(\.rotated))
            )
            for log in logs {
                entry.usage += log.usage
                for folder in [log.log.folder, log.log.archiveFolder] {
                    folders[folder] = max(folders[folder] ?? 0, policy.keepFreePercent)
                }
            }
            total += entry.usage
            apps.append(entry)
        }
        var devices: Set<UInt64> = []
        for (folder, percent) in folders.sorted(by: { $0.key < $1.key }) {
            guard let device = try? FileStatus(path: folder).identity.device, devices.insert(device).inserted,
                let room = room(folder)
            else { continue }
            disks.append(Disk(folder: folder, free: room.free, total: room.total, keepFreePercent: percent))
        }
    }

    // MARK: - For people

    /// The page, each line ended.
    func text(_ style: Style) -> String {
        guard !apps.isEmpty else { return "no apps are known\n" }
        var rows = [["app", "live", "rotated", "archived", "files", "oldest", "newest", "limits"]]
        for app in apps { rows.append(row("\(app.definition.name)", app.usage, limits(app))) }
        if apps.count > 1 { rows.append(row("all", total, "")) }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for (number, row) in rows.enumerated() {
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = style.plain(cells.joined(separator: "  ").trimmingEnd)
            text += (number == 0 ? style.paint(line, .bold) : line) + "\n"
        }
        for disk in disks {
            let percent = disk.total > 0 ? disk.free * 100 / disk.total : 0
            let line =
                "disk of \(disk.folder): \(ByteCount(disk.free)) of \(ByteCount(disk.total)) free (\(percent) %), "
                + (disk.isShort ? "short of" : "keeps") + " \(disk.keepFreePercent) %"
            text += style.paint(style.plain(line), disk.isShort ? .red : nil) + "\n"
        }
        return text
    }

    private func row(_ name: String, _ usage: LogUsage, _ limits: String) -> [String] {
        [
            name, "\(ByteCount(usage.live.bytes))", "\(ByteCount(usage.rotated.bytes))",
            "\(ByteCount(usage.archived.bytes))", "\(usage.total.files)", Self.time(usage.oldest) ?? "-",
            Self.time(usage.newest) ?? "-", limits,
        ]
    }

    private func limits(_ app: App) -> String {
        var parts: [String] = []
        let policy = app.definition.logs.policy
        if let room = app.headroom.bytes, let limit = policy.maximumTotalBytes {
            parts.append("\(ByteCount(max(0, limit - room))) of \(ByteCount(limit)) used")
        }
        if let room = app.headroom.files, let limit = policy.maximumFiles {
            parts.append("\(max(0, limit - room)) of \(limit) files used")
        }
        if let expiry = Self.time(app.headroom.nextExpiry) { parts.append("oldest goes \(expiry)") }
        return parts.joined(separator: ", ")
    }

    private static func time(_ seconds: Int64?) -> String? {
        seconds.map { String(Clocks.timestamp(of: $0 * 1_000_000_000).prefix(19)) + "Z" }
    }

    // MARK: - For machines

    /// The document.
    var json: JSONObject {
        [
            "apps": .array(apps.map { json($0) }),
            "total": .object(json(total)),
            "disks": .array(
                disks.map { disk in
                    .object([
                        "folder": .string(disk.folder), "free_bytes": .integer(disk.free),
                        "total_bytes": .integer(disk.total),
                        "keep_free_percent": .integer(Int64(disk.keepFreePercent)),
                        "short": .bool(disk.isShort),
                    ])
                }
            ),
        ]
    }

    private func json(_ app: App) -> JSONValue {
        let policy = app.definition.logs.policy
        var object: JSONObject = ["name": .string("\(app.definition.name)")]
        for (key, value) in json(app.usage) { object[key] = value }
        object["limits"] = .object([
            "max_total_bytes": number(policy.maximumTotalBytes),
            "left_bytes": number(app.headroom.bytes),
            "max_files": number(policy.maximumFiles.map(Int64.init)),
            "left_files": number(app.headroom.files.map(Int64.init)),
            "max_file_bytes": number(policy.maximumFileBytes),
            "live_seconds": .integer(policy.liveSeconds),
            "archive_seconds": .integer(policy.effectiveArchiveSeconds),
            "next_expiry": text(app.headroom.nextExpiry),
        ])
        object["logs"] = .array(
            app.logs.map { log in
                var entry: JSONObject = ["path": .string(log.log.path)]
                for (key, value) in json(log.usage) { entry[key] = value }
                return .object(entry)
            }
        )
        return .object(object)
    }

    private func json(_ usage: LogUsage) -> JSONObject {
        var object: JSONObject = [:]
        for (name, part) in [("live", usage.live), ("rotated", usage.rotated), ("archived", usage.archived)] {
            object["\(name)_files"] = .integer(Int64(part.files))
            object["\(name)_bytes"] = .integer(part.bytes)
        }
        object["oldest"] = text(usage.oldest)
        object["newest"] = text(usage.newest)
        return object
    }

    private func number(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
    private func text(_ seconds: Int64?) -> JSONValue {
        seconds.map { .string(Clocks.timestamp(of: $0 * 1_000_000_000)) } ?? .null
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
