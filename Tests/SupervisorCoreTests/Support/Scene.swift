import Shared
import SupervisorCore

/// A supervisor, the time and what was asked of the outside so far, for tests that tell a story.
///
/// Timers and answers are kept; spawns and signals are what the test looks at. Nothing happens by itself.
struct Scene {
    var supervisor = Supervisor(seed: 1, firstRun: 1)
    var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    /// The effects of the last event.
    private(set) var effects: [SupervisorEffect] = []
    /// Timers that are armed.
    private(set) var timers: [TimerID: MonotonicInstant] = [:]
    /// All answers, by request.
    private(set) var answers: [RequestID: [ControlResponse]] = [:]
    /// All notices.
    private(set) var notices: [LifecycleNotice] = []
    /// The runs that were spawned, newest last, by app and instance.
    private(set) var spawns: [ProcessName: [RunID]] = [:]
    /// Every signal, oldest first.
    private(set) var signals: [(run: RunID, signal: UnixSignal, scope: SignalScope)] = []
    /// The runs that were released, in order.
    private(set) var released: [RunID] = []
    /// Whether the shutdown has finished.
    private(set) var hasFinishedShutdown = false
    /// How many times the desired state was to be written.
    private(set) var persists = 0
    private var nextRequest: UInt64 = 1
    private var nextPid: Int32 = 100

    static let amara = Requester(user: "amara", pid: 812, terminal: "/dev/pts/3")

    // MARK: - Acting

    /// Lets something happen.
    @discardableResult
    mutating func send(_ event: SupervisorEvent) -> [SupervisorEffect] {
        if case .timerFired(let timer) = event {
            timers[timer] = nil
        }
        effects = supervisor.handle(event, at: now)
        for effect in effects {
            record(effect)
        }
        return effects
    }

    private mutating func record(_ effect: SupervisorEffect) {
        switch effect {
        case .spawn(let run, let plan): spawns[plan.name, default: []].append(run)
        case .signal(let run, let signal, let scope): signals.append((run, signal, scope))
        case .release(let run): released.append(run)
        case .arm(let timer, let at): timers[timer] = at
        case .disarm(let timer): timers[timer] = nil
        case .reply(let id, let response): answers[id, default: []].append(response)
        case .publish(let notice): notices.append(notice)
        case .persist: persists += 1
        case .finishShutdown: hasFinishedShutdown = true
        case .requestCleanup, .sampleMemory, .measureResident, .retire: break
        }
    }

    /// Sends a request.
    @discardableResult
    mutating func ask(
        _ action: ControlRequest.Action,
        waits: Bool = false,
        timeout: Duration = .seconds(60)
    ) -> RequestID {
        let id = RequestID(rawValue: nextRequest)
        nextRequest += 1
        send(.request(id, ControlRequest(action, waits: waits, timeout: timeout), from: Self.amara))
        return id
    }

    /// Lets time pass without firing anything.
    mutating func wait(_ duration: Duration) {
        now = now + duration
    }

    /// Goes to the instant of a timer and fires it; false when it is not armed.
    @discardableResult
    mutating func fire(_ timer: TimerID) -> Bool {
        guard let at = timers[timer] else { return false }
        now = max(now, at)
        send(.timerFired(timer))
        return true
    }

    /// Lets the newest run of a process be executed.
    mutating func execute(_ name: String) {
        guard let run = run(name) else { return }
        nextPid += 1
        send(.spawned(run, pid: nextPid))
    }

    /// Lets the newest run of a process say `READY=1`.
    mutating func becomeReady(_ name: String) {
        guard let run = run(name) else { return }
        var report = WorkerReport()
        report.isReady = true
        send(.reported(run, report))
    }

    /// Lets the newest run of a process end.
    mutating func exit(_ name: String, code: Int32 = 0, stragglers: Int = 0) {
        guard let run = run(name) else { return }
        send(.exited(run, ExitObservation(exit: .exited(code: code), stragglers: stragglers)))
    }

    /// Registers apps, starts them, and executes what can be executed until nothing is left to do.
    mutating func bringUp(_ apps: AppDefinition...) {
        ask(.apply(apps, prunedSource: nil))
        var open = true
        while open {
            open = false
            for app in apps {
                for process in supervisor.snapshot(at: now) where process.name.app == app.name {
                    guard case .launching(let run) = process.state else { continue }
                    open = true
                    if run.pid == nil {
                        execute("\(process.name)")
                    } else {
                        becomeReady("\(process.name)")
                    }
                }
            }
        }
    }

    // MARK: - Looking

    /// The newest run of a process.
    func run(_ name: String) -> RunID? {
        ProcessName(name).flatMap { spawns[$0]?.last }
    }

    /// How many times a process was spawned.
    func spawnCount(_ name: String) -> Int {
        ProcessName(name).flatMap { spawns[$0]?.count } ?? 0
    }

    /// The present status of a process; `nil` when it is not known.
    func status(_ name: String) -> ProcessStatus? {
        supervisor.snapshot(at: now).first { $0.name == ProcessName(name) }
    }

    /// PM2's word for the state of a process, or `none`.
    func word(_ name: String) -> String {
        status(name)?.state.word ?? "none"
    }

    /// Whether a process waits for a dependency.
    func isWaitingForDependencies(_ name: String) -> Bool {
        if case .waitingForDependencies = status(name)?.state { true } else { false }
    }

    /// The number of a process, −1 when it is not known.
    func id(_ name: String) -> Int {
        status(name)?.id ?? -1
    }

    /// The outcomes that a request was answered with, `nil` when it was not answered once and with outcomes.
    func outcomes(_ id: RequestID) -> [ProcessOutcome]? {
        guard let all = answers[id], all.count == 1, case .outcomes(let outcomes) = all.first else {
            return nil
        }
        return outcomes
    }

    /// The result for one process in the one answer to a request.
    func result(_ id: RequestID, _ name: String) -> ProcessOutcome.Result? {
        outcomes(id)?.first { $0.process == ProcessName(name) }?.result
    }

    /// The failure that a request was answered with.
    func failure(_ id: RequestID) -> ControlFailure? {
        guard let all = answers[id], all.count == 1, case .failure(let failure) = all.first else {
            return nil
        }
        return failure
    }

    /// The signals that the newest run of a process got.
    func signals(to name: String) -> [UnixSignal] {
        guard let run = run(name) else { return [] }
        return signals.filter { $0.run == run }.map(\.signal)
    }

    /// The words of the notices of one process, oldest first.
    func story(_ name: String) -> [String] {
        notices.filter { $0.process == ProcessName(name) }.map(\.kind.word)
    }
}

/// An app with everything from the defaults.
func app(
    _ name: String,
    instances: Int = 1,
    needs dependencies: [(String, DependencyCondition)] = [],
    readyWithin timeout: Duration? = nil,
    _ change: (inout AppDefinition) -> Void = { _ in }
) -> AppDefinition {
    guard let appName = AppName(name) else { preconditionFailure("not a name: \(name)") }
    var definition = AppDefinition(
        name: appName,
        command: AppCommand(executable: "/bin/\(name)"),
        workingDirectory: "/"
    )
    definition.instances = instances
    definition.dependencies = dependencies.compactMap { name, condition in
        AppName(name).map { AppDependency(app: $0, condition: condition) }
    }
    if let timeout {
        definition.readiness = .notification(timeout: timeout)
    }
    change(&definition)
    return definition
}

/// Selects by what a user types.
func choose(_ text: String) -> [ProcessSelection] {
    ProcessSelection(text).map { [$0] } ?? []
}
