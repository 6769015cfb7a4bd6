import CSystemd
import Dispatch
import Glibc
public import ServiceLifecycle
import Shared
import Synchronization

/// Tells the supervisor how this worker is, by the sd_notify protocol (sd_notify(3)).
///
/// Without `NOTIFY_SOCKET` every call does nothing. No call blocks: a datagram is sent from a queue of its own, and
/// while the supervisor does not read, newer values replace those that wait.
public final class SupervisorReporter: Service {
    /// Sends one datagram of lines; may block.
    typealias Transport = @Sendable (String) -> Void

    /// Proves that a part of the worker still runs; the watchdog is fed only after all of them returned.
    public typealias Probe = @Sendable () async -> Void

    private struct Waiting {
        var fields: [(name: String, value: String)] = []
        var isScheduled = false
    }

    /// Whether anybody listens.
    public let isSupervised: Bool

    private let watchdogInterval: Duration?
    private let memoryInterval: Duration
    private let transport: Transport
    private let queue = DispatchQueue(label: "com.novi.supervisor-reporter")
    private let waiting = Mutex(Waiting())
    private let probes = Mutex<[Probe]>([])
    private let kept = Mutex<[String: String]>([:])

    /// Makes the reporter of this process from `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    public convenience init() {
        let watchdog = Self.watchdogInterval(VariableReader.processVariables(), process: getpid())
        self.init(
            isSupervised: getenv("NOTIFY_SOCKET") != nil,
            watchdogInterval: watchdog,
            transport: { sd_notify(0, $0) }
        )
    }

    /// Makes a reporter with a transport of the caller's choice.
    init(
        isSupervised: Bool,
        watchdogInterval: Duration?,
        memoryInterval: Duration = Limits.memoryReportInterval,
        transport: @escaping Transport
    ) {
        self.isSupervised = isSupervised
        self.watchdogInterval = watchdogInterval
        self.memoryInterval = memoryInterval
        self.transport = transport
    }

    /// Half of the watchdog's time-out, as sd_watchdog_enabled(3) advises; `nil` when there is none for `process`.
    static func watchdogInterval(_ variables: [String: String], process: Int32) -> Duration? {
        guard let text = variables["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 1 else {
            return nil
        }
        if let owner = variables["WATCHDOG_PID"], owner != String(process) { return nil }
        return .microseconds(microseconds / 2)
    }

    /// Says that the worker takes work.
    public func ready(status: String) {
        post([("READY", "1"), ("STATUS", Self.line(status))] + Self.memoryFields())
    }

    /// Says in words how the worker is.
    public func status(_ text: String) {
        post([("STATUS", Self.line(text))])
    }

    /// Says something that a supervisor which comes later should know as well: now and with each report of memory.
    ///
    /// - Parameters:
    ///   - name: The assignment's name, such as `X_NOVI_WHATSAPP`.
    ///   - value: One line.
    public func keep(_ name: String, _ value: String) {
        let line = Self.line(value)
        let isNew = kept.withLock { $0.updateValue(line, forKey: name) != line }
        if isNew { post([(name, line)]) }
    }

    private func keptFields() -> [(name: String, value: String)] {
        kept.withLock { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// Says that the worker is on its way out.
    public func stopping() {
        post([("STOPPING", "1")])
    }

    /// Adds something that must answer before the watchdog is fed.
    public func addProbe(_ probe: @escaping Probe) {
        probes.withLock { $0.append(probe) }
    }

    /// Reports memory every 5 s and feeds the watchdog until the service group stops.
    public func run() async {
        guard isSupervised else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await Self.every(self.memoryInterval) {
                        self.post(Self.memoryFields() + self.keptFields())
                    }
                }
                if let interval = self.watchdogInterval {
                    group.addTask {
                        await Self.every(interval) {
                            for probe in self.probes.withLock({ $0 }) { await probe() }
                            self.post([("WATCHDOG", "1")])
                        }
                    }
                }
            }
        }
    }

    /// Waits until everything said so far is sent, for at most 200 ms.
    public func flush() async {
        guard isSupervised else { return }
        await withCheckedContinuation { continuation in
            let once = ResumeOnce(continuation)
            queue.async { once.resume() }
            let wait = DispatchTimeInterval.nanoseconds(Int(Limits.lastReportWait.wholeNanoseconds))
            DispatchQueue.global().asyncAfter(deadline: .now() + wait) { once.resume() }
        }
    }

    private func post(_ fields: [(name: String, value: String)]) {
        guard isSupervised else { return }
        let mustSchedule = waiting.withLock { waiting in
            for field in fields {
                waiting.fields.removeAll { $0.name == field.name }
                waiting.fields.append(field)
            }
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if mustSchedule { queue.async { self.send() } }
    }

    private func send() {
        let fields = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting.fields
        }
        transport(fields.map { "\($0.name)=\($0.value)" }.joined(separator: "\n"))
    }

    private static func memoryFields() -> [(name: String, value: String)] {
        let memory = MemoryFigures.now()
        return [
            ("X_NOVI_HEAP_USED", "\(memory.heapUsed)"),
            ("X_NOVI_HEAP_TOTAL", "\(memory.heapTotal)"),
            ("X_NOVI_EXTERNAL", "\(memory.external)"),
        ]
    }

    /// The text as one line of bounded length: a line break would begin a new field.
    static func line(_ text: String) -> String {
        let visible = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        var line = String(String.UnicodeScalarView(visible).prefix(Limits.statusBytes))
        while line.utf8.count > Limits.statusBytes { line.removeLast() }
        return line
    }

    private static func every(_ interval: Duration, _ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
            try? await Task.sleep(for: interval)
        }
    }
}

/// Resumes a continuation at the first of several occasions.
private final class ResumeOnce: Sendable {
    private let continuation: Mutex<CheckedContinuation<Void, Never>?>

    init(_ continuation: CheckedContinuation<Void, Never>) {
        self.continuation = Mutex(continuation)
    }

    func resume() {
        continuation.withLock { continuation in
            continuation?.resume()
            continuation = nil
        }
    }
}
