import Observation
import Shared

/// Makes of a look at everything the values that rules judge; remembers what only shows in comparison.
struct SignalReader: Sendable {
    private var notReadySince: [String: Int64] = [:]
    private var downSince: [String: Int64] = [:]
    private var dropped: [String: Int64] = [:]
    private var ends: [String: [Int64]] = [:]
    private var newestEvent: String?

    /// How long an end that nobody asked for counts, in seconds.
    static let window: Int64 = 600
    /// The most ends of a process that are counted.
    private static let maximumEnds = 100

    /// Ends that somebody asked for; every other end is an accident.
    private static let wanted: Set<String> = [
        "stop_requested", "restart_requested", "delete_requested", "scaled_down", "configuration_changed",
        "signaled", "shutdown",
    ]

    /// Reads a look.
    ///
    /// - Parameters:
    ///   - look: What was found.
    ///   - events: The newest events, oldest first.
    ///   - now: Seconds since 1970.
    /// - Returns: One signal for each type and subject that something is known of.
    mutating func signals(_ look: Look, events: [JSONObject], at now: Int64) -> [AlertSignal] {
        var signals = [
            AlertSignal(
                .supervisorDown,
                value: look.isConnected ? 0 : 1,
                text: "the supervisor does not answer; apps go on, nothing is known of them"
            )
        ]
        signals += host(look.host)
        guard look.isConnected else { return signals }
        let accidents = accidents(events, now)
        for process in look.processes {
            signals += self.signals(process, accidents[process.name] ?? nil, now)
        }
        signals += whatsApp(look.whatsapp, now)
        signals += databases(look.databases)
        keepOnly(Set(look.processes.map(\.name)))
        return signals
    }

    private func host(_ host: HostReading) -> [AlertSignal] {
        func percent(_ type: AlertType, _ value: Double?, _ what: String) -> AlertSignal? {
            value.map { AlertSignal(type, value: $0, text: "\(what) \(Self.hundredths($0)) %") }
        }
        return [
            percent(.hostCPU, host.cpuPercent, "the processors are busy to"),
            percent(.hostMemory, host.memoryPercent, "the memory is taken to"),
            percent(.hostDisk, host.diskPercent, "the disk with Novi's files is full to"),
        ].compactMap { $0 }
    }

    /// Two decimals (row A17).
    private static func hundredths(_ value: Double) -> String {
        let number = Int64((min(max(value, 0), 1_000_000) * 100).rounded())
        return "\(number / 100).\(number % 100 < 10 ? "0" : "")\(number % 100)"
    }

    // MARK: - Processes

    /// The accidents since the last look: the newest one of each process, in words.
    private mutating func accidents(_ events: [JSONObject], _ now: Int64) -> [String: String?] {
        var accidents: [String: String?] = [:]
        let known = newestEvent
        for event in events {
            guard let time = event["time"]?.stringValue, known.map({ time > $0 }) ?? true else { continue }
            newestEvent = max(newestEvent ?? time, time)
            // What was there before we were is history, not news.
            guard known != nil, let process = event["process"]?.stringValue else { continue }
            let word = event["event"]?.stringValue
            let cause = event["fields"]?["cause_kind"]?.stringValue ?? "itself"
            let isEnd = word == "exited" && !Self.wanted.contains(cause)
            guard isEnd || word == "launch_failed" else { continue }
            ends[process, default: []].append(now)
            if ends[process]?.count ?? 0 > Self.maximumEnds { ends[process]?.removeFirst() }
            accidents[process] = event["message"]?.stringValue
        }
        if newestEvent == nil { newestEvent = "" }
        return accidents
    }

    private mutating func signals(
        _ process: ProcessReading,
        _ accident: String?,
        _ now: Int64
    ) -> [AlertSignal] {
        let name = process.name
        downSince[name] = process.isAsWanted ? nil : downSince[name] ?? now
        // What was given up does not come back by itself.
        let down =
            process.state == "errored"
            ? .greatestFiniteMagnitude : Double(downSince[name].map { now - $0 } ?? 0)
        let why = process.reason ?? process.state
        ends[name]?.removeAll { now - $0 >= Self.window }
        let count = ends[name]?.count ?? 0
        var signals = [
            AlertSignal(
                .appEnded,
                subject: name,
                value: accident == nil ? 0 : 1,
                text: "\(name) \(accident ?? why)"
            ),
            AlertSignal(.appDown, subject: name, value: down, text: "\(name) \(why)"),
            AlertSignal(
                .restarts,
                subject: name,
                value: Double(count),
                text: "\(name) ended \(count) times within \(Self.window / 60) minutes without being asked to"
            ),
        ]
        if let heap = process.heapBytes {
            let text = "the heap of \(name) is \(ByteCount(heap))"
            signals.append(AlertSignal(.heapHigh, subject: name, value: Double(heap), text: text))
            signals.append(AlertSignal(.heapCritical, subject: name, value: Double(heap), text: text))
        }
        if let requests = process.requests { signals += Self.signals(name, requests) }
        if let lines = process.droppedLines {
            let before = dropped.updateValue(lines, forKey: name) ?? lines
            let more = max(0, lines - before)
            let text = "\(more) log lines of \(name) were dropped; the disk is full or too slow"
            signals.append(AlertSignal(.logDropped, subject: name, value: Double(more), text: text))
        }
        return signals
    }

    private static func signals(_ name: String, _ requests: RequestReading) -> [AlertSignal] {
        // The worker tells of the last minute.
        let samples = Int((requests.perSecond * 60).rounded())
        var signals: [AlertSignal] = []
        if let percent = requests.errorPercent {
            let text = "\(hundredths(percent)) % of \(name)'s requests fail"
            signals.append(
                AlertSignal(.errorRate, subject: name, value: percent, samples: samples, text: text)
            )
        }
        if let p95 = requests.p95Milliseconds {
            let text = "one of twenty requests to \(name) takes longer than \(Int64(p95.rounded())) ms"
            signals.append(AlertSignal(.slow, subject: name, value: p95, samples: samples, text: text))
            signals.append(AlertSignal(.verySlow, subject: name, value: p95, samples: samples, text: text))
        }
        return signals
    }

    // MARK: - Links

    private mutating func whatsApp(_ reading: WhatsAppReading?, _ now: Int64) -> [AlertSignal] {
        guard let reading else { return [] }
        var since: Int64?
        if reading.state != "ready" {
            since = notReadySince[reading.process] ?? now
        }
        notReadySince[reading.process] = since
        let seconds = since.map { now - $0 } ?? 0
        // Whatever waits for a person is not better after five minutes.
        let isFinal = ["logged_out", "blocked", "failed"].contains(reading.state)
        let why = reading.reason.map { ": \($0)" } ?? ""
        let dead = reading.queue["dead"]?.integerValue ?? 0
        return [
            AlertSignal(
                .whatsAppDown,
                subject: reading.process,
                value: isFinal ? .greatestFiniteMagnitude : Double(seconds),
                text: "the link to WhatsApp is \(reading.state)\(why)"
            ),
            AlertSignal(
                .messagesGivenUp,
                subject: reading.process,
                value: Double(dead),
                text: "\(dead) messages were given up; see noviSupervisor whatsapp outbox --state dead"
            ),
        ]
    }

    private func databases(_ readings: [DatabaseReading]) -> [AlertSignal] {
        readings.map { reading in
            AlertSignal(
                .databaseDown,
                subject: reading.process,
                value: reading.state == "connected" ? 0 : 1,
                text: "\(reading.process) has no connection to the database"
            )
        }
    }

    private mutating func keepOnly(_ names: Set<String>) {
        dropped = dropped.filter { names.contains($0.key) }
        ends = ends.filter { names.contains($0.key) && !$0.value.isEmpty }
        downSince = downSince.filter { names.contains($0.key) }
        notReadySince = notReadySince.filter { names.contains($0.key) }
    }
}
