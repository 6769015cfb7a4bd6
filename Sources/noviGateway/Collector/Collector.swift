import Glibc
import LinuxSystem
import Logging
import Observation
import ServiceLifecycle
import Shared
import WorkerSupport

/// Knows how everything is: asks the daemon each second for the history and those who watch, and the workers every few.
actor Collector: Service {
    /// Takes what each look found.
    typealias ObservationHook = @Sendable (Look) async -> Void

    private let configuration: GatewayConfiguration
    private let daemon: VarlinkClient
    private let hub: StreamHub
    private let history: HistoryKeeper
    private let log: WorkerLog

    private(set) var state = GatewayState()
    private(set) var events = EventLog(begin: Clocks.timestamp(of: Clocks.realtimeNanoseconds()))
    private(set) var recent = RecentMoments()

    private var host: HostSampler
    private var workers: [String: WorkerReading] = [:]
    private var workersAskedAt: ContinuousClock.Instant?
    private var droppedOf: [String: (lines: Int64, bytes: Int64)] = [:]
    private(set) var memoryLimits: [String: MemoryLimits] = [:]
    private var countersAskedAt: ContinuousClock.Instant?
    private var hook: ObservationHook?
    private var lastScrape: ContinuousClock.Instant?
    private var nap: Task<Void, any Error>?
    private var hasEnded = false
    /// Those who asked for a new look.
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// The name under which the machine's own figures are kept; no app can be called so.
    static let hostName = "@host"

    /// Makes a collector that has not looked yet.
    init(
        _ configuration: GatewayConfiguration,
        hub: StreamHub,
        history: HistoryKeeper,
        log: WorkerLog
    ) {
        self.configuration = configuration
        self.hub = hub
        self.history = history
        self.log = log
        daemon = VarlinkClient(path: configuration.controlSocket)
        host = HostSampler(folder: configuration.home)
    }

    /// Sets who takes what each look found.
    func onObservation(_ hook: @escaping ObservationHook) { self.hook = hook }

    /// Sets what is wrong, by who judges the looks.
    func setAlerts(_ alerts: [ShownAlert]) {
        guard state.alerts != alerts else { return }
        state.alerts = alerts
        hub.send("alerts", ["alerts": .array(alerts.map { .object($0.json) })])
    }

    // MARK: - Running

    /// Looks again and again until the service group stops.
    func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await self.lookAgainAndAgain() }
                tasks.addTask { await self.followEvents() }
            }
        }
        hasEnded = true
        await history.flush()
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    private func lookAgainAndAgain() async {
        while !Task.isCancelled {
            let begin = ContinuousClock.now
            let asked = waiting
            waiting = []
            await look()
            for continuation in asked { continuation.resume() }
            // Who asked in the meantime is not told what was seen before they did.
            guard waiting.isEmpty else { continue }
            await rest(until: begin + (history.keeps || isWatched ? Limits.interval : Limits.idleInterval))
        }
    }

    /// Whether somebody would see the figures.
    private var isWatched: Bool {
        if hub.count > 0 { return true }
        guard let lastScrape else { return false }
        return ContinuousClock.now - lastScrape < Limits.scrapeInterest
    }

    private func rest(until end: ContinuousClock.Instant) async {
        // However much happens, there is a pause between two looks.
        try? await Task.sleep(for: Limits.shortestRest)
        let nap = Task { try await Task.sleep(until: end, tolerance: .milliseconds(20), clock: .continuous) }
        self.nap = nap
        await withTaskCancellationHandler {
            _ = try? await nap.value
        } onCancel: {
            nap.cancel()
        }
        self.nap = nil
    }

    /// Somebody began to watch: a long rest ends.
    func wake() { nap?.cancel() }

    /// Somebody asks once: waits for a new look where the last one is not of this moment.
    func freshen() async {
        let age = Clocks.realtimeNanoseconds() - state.time
        guard !hasEnded, age < 0 || age > Limits.freshness.wholeNanoseconds else { return }
        wake()
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Somebody scrapes, and will again.
    func noteScrape() { lastScrape = ContinuousClock.now }

    // MARK: - One look

    private func look() async {
        let before = state
        var next = state
        next.host = host.sample()
        do throws(VarlinkClient.Failure) {
            let replies = try await daemon.callForMore(
                "com.novi.Supervisor.List",
                timeout: Limits.daemonWait
            )
            take(replies, into: &next)
        } catch {
            guard !Task.isCancelled else { return }
            note(lost: error, in: &next)
        }
        next.time = Clocks.realtimeNanoseconds()
        if next.connection == .connected {
            await askCounters(of: next.processes)
            await askWorkers(of: next.processes)
            addKnown(to: &next)
            keepFigures(of: next)
        }
        // Those that were set while we waited for answers.
        next.alerts = state.alerts
        state = next
        tell(before)
        await hook?(
            Look(
                time: next.time,
                isConnected: next.connection == .connected,
                processes: next.processes,
                host: next.host,
                whatsapp: next.whatsapp,
                databases: next.databases
            )
        )
    }

    private func take(_ replies: [JSONObject], into next: inout GatewayState) {
        var processes: [ProcessReading] = []
        for reply in replies {
            processes += (reply["processes"]?.arrayValue ?? []).compactMap { ProcessReading($0) }
            guard let daemon = reply["daemon"]?.objectValue else { continue }
            next.daemon = GatewayState.Daemon(
                pid: daemon["pid"]?.integerValue ?? 0,
                version: daemon["version"]?.stringValue ?? "",
                uptimeMilliseconds: daemon["uptime_ms"]?.integerValue ?? 0
            )
        }
        next.isCut = processes.count > Limits.processes
        next.processes = Array(processes.prefix(Limits.processes))
        if case .lost = next.connection { log.operations.info("the supervisor answers again") }
        next.connection = .connected
    }

    private func note(lost failure: VarlinkClient.Failure, in next: inout GatewayState) {
        if case .lost = next.connection { return }
        let now = Clocks.timestamp(of: Clocks.realtimeNanoseconds())
        next.connection = .lost("\(failure)", since: now)
        log.operations.warning("the supervisor does not answer: \(failure)")
    }

    private func addKnown(to next: inout GatewayState) {
        for index in next.processes.indices {
            let name = next.processes[index].name
            // Figures of a run that is over are not those of the process now.
            if next.processes[index].state == "online" {
                next.processes[index].requests = workers[name]?.requests
            }
            next.processes[index].droppedLines = droppedOf[name]?.lines
            next.processes[index].droppedBytes = droppedOf[name]?.bytes
        }
        let names = next.processes.map(\.name)
        next.whatsapp = names.lazy.compactMap { self.workers[$0]?.whatsapp }.first
        next.databases = names.compactMap { workers[$0]?.database }
        // A worker that is gone tells nothing; what its process reported is still the newest word.
        if next.whatsapp == nil, let silent = next.processes.first(where: { $0.whatsapp != nil }) {
            next.whatsapp = WhatsAppReading(process: silent.name, state: silent.whatsapp ?? "unknown")
        }
    }

    private func keepFigures(of next: GatewayState) {
        let seconds = next.time / 1_000_000_000
        let taken = Double(next.host.memoryBytes - next.host.memoryAvailableBytes)
        var moments: [(process: String, moment: Moment)] = next.processes.map { ($0.name, $0.moment) }
        moments.append((Self.hostName, Moment(cpuPercent: next.host.cpuPercent, memoryBytes: taken)))
        for (process, moment) in moments { recent.note(moment, process: process, at: seconds) }
        recent.keepOnly(Set(moments.map(\.process)))
        history.note(moments, at: seconds)
    }

    private func tell(_ before: GatewayState) {
        guard hub.count > 0 else { return }
        if state.differsInFiguresOnly(from: before) {
            if state.connection == .connected {
                hub.send("sample", state.sample)
            } else {
                hub.sendPulse()
            }
        } else {
            hub.send("state", state.json)
        }
    }

    // MARK: - Workers and counters

    private func isDue(_ last: ContinuousClock.Instant?, every interval: Duration) -> Bool {
        guard let last else { return true }
        return ContinuousClock.now - last >= interval
    }

    private func askWorkers(of processes: [ProcessReading]) async {
        guard isDue(workersAskedAt, every: Limits.workerInterval) else { return }
        workersAskedAt = ContinuousClock.now
        let ours = configuration.environment.app
        var asked: [(name: String, path: String)] = []
        for process in processes where process.state == "online" && process.app != ours {
            let path = configuration.workerSocket(process.app, process.instance)
            if asked.count < Limits.workers, access(path, F_OK) == 0 { asked.append((process.name, path)) }
        }
        workers = await withTaskGroup(of: (String, WorkerReading?).self) { tasks in
            for (name, path) in asked {
                tasks.addTask { (name, await Self.ask(name, VarlinkClient(path: path))) }
            }
            var answers: [String: WorkerReading] = [:]
            for await (name, reading) in tasks { answers[name] = reading }
            return answers
        }
    }

    private static func ask(_ name: String, _ worker: VarlinkClient) async -> WorkerReading? {
        let status = try? await worker.call("com.novi.Worker.GetStatus", timeout: Limits.workerWait)
        guard let status else { return nil }
        var reading = WorkerReading(process: name, status: status)
        if reading.whatsapp != nil {
            let limit: JSONObject = ["limit": .integer(Int64(Limits.outboxMessages))]
            let outbox = try? await worker.call("com.novi.WhatsApp.Outbox", limit, timeout: Limits.workerWait)
            if let outbox { reading.note(outbox: outbox) }
        }
        return reading
    }

    private func askCounters(of processes: [ProcessReading]) async {
        let interval = isWatched ? Limits.countersInterval : Limits.unwatchedCountersInterval
        guard isDue(countersAskedAt, every: interval) else { return }
        countersAskedAt = ContinuousClock.now
        guard !processes.isEmpty else { return }
        let replies = try? await daemon.callForMore(
            "com.novi.Supervisor.Describe",
            ["select": .array([.string("all")])],
            timeout: Limits.daemonWait
        )
        guard let replies else { return }
        var dropped: [String: (lines: Int64, bytes: Int64)] = [:]
        var limits: [String: MemoryLimits] = [:]
        for reply in replies.prefix(Limits.processes) {
            for description in reply["descriptions"]?.arrayValue ?? [] {
                guard let process = description["process"].flatMap({ ProcessReading($0) }) else { continue }
                let lines = description["dropped_lines"]?.integerValue ?? 0
                dropped[process.name] = (lines, description["dropped_bytes"]?.integerValue ?? 0)
                limits[process.name] = MemoryLimits(description)
            }
        }
        droppedOf = dropped
        memoryLimits = limits
    }

    // MARK: - Events

    private func followEvents() async {
        var wait = Duration.milliseconds(200)
        while !Task.isCancelled {
            let begin = ContinuousClock.now
            let parameters: JSONObject = ["last": .integer(Int64(Limits.events)), "follow": true]
            try? await daemon.follow(
                "com.novi.Supervisor.Events",
                parameters,
                connectTimeout: Limits.daemonWait
            ) { [weak self] reply in
                guard let event = reply["event"]?.objectValue else { return }
                await self?.take(event)
            }
            // A daemon that was replaced is there again at once; one that is away is not asked for ever faster.
            wait =
                ContinuousClock.now - begin > .seconds(10) ? .milliseconds(200) : min(wait * 2, .seconds(10))
            try? await Task.sleep(for: wait)
        }
    }

    private func take(_ event: JSONObject) {
        guard events.take(event) else { return }
        hub.send("event", event)
        // What happened changes what the next look finds; whoever watches should see it soon.
        if hub.count > 0 { wake() }
    }
}
