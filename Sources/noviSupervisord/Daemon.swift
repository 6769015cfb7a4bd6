import Glibc
import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// The loop: kernel readiness becomes events, the core decides, effects become system calls.
///
/// One thread and no `async`: the class is not `Sendable`, so the compiler proves that its state never leaves it. Bytes of
/// logs are moved by ``LogPump`` on a thread of its own.
final class Daemon {
    let options: DaemonOptions
    let layout: HomeLayout
    let startedAt: MonotonicInstant
    let poll: EventPoll
    let pump: LogPump
    let deriver: DeriverThread
    let keeper: KeeperThread
    let launcher: Launcher
    let store: DesiredStateStore
    let journal: RunJournal
    let service: ServiceState
    let descriptorStore: DescriptorStore
    /// The way to the keeper's store; `nil` without one.
    let keeperStore: Descriptor?
    /// The systemd journal; `nil` in container mode.
    let systemJournal: EventJournal?
    /// What the parent tells of orphans; `nil` without a keeper.
    var keeperReports: KeeperReports?
    private let commitMark: CommitMark
    private let signals: SignalDescriptor
    let server: ControlServer
    let runFolder: RunFolderGuard
    /// The upgrade that brought this image here, until it is good.
    private var arrival: Arrival?
    /// An upgrade under way.
    var upgradeAttempt: UpgradeAttempt?
    /// How the last upgrade of this process went; `nil` when there was none.
    var lastUpgrade: UpgradeOutcome?

    var supervisor: Supervisor
    var timers = TimerQueue()
    var tree: ProcessTreeWatch
    var sampler = ResourceSampler()
    var board = NoticeBoard()
    var pipeBudget: PipeBudget
    var environments = EnvironmentPool()
    /// Requests whose answer is that of `Shutdown`.
    var shutdownRequests: Set<RequestID> = []
    var slots: [Int: ProcessSlot] = [:]
    var runs: [RunID: LiveRun] = [:]
    /// Slots of forgotten processes whose streams the pump has not let go yet, by stream.
    var retiringSlots: [StreamID: ProcessSlot] = [:]
    /// Which connection waits for which request.
    var callers: [RequestID: ConnectionID] = [:]
    /// Which connection waits for the pump, and the word of its answer.
    var logCalls: [UInt64: LogCall] = [:]
    var nextLogTicket: UInt64 = 1
    /// Whether processes came or went, so that derived logs have other sources.
    var mustRefreshDerivedJobs = false
    /// What is the matter with logs that take nothing now.
    var logTroubles: [StreamID: LogNotice] = [:]
    var hasDerivedJobs = false
    /// What is derived, for the keeper.
    var keptJobs: [DerivedJob] = []
    var hasLookedForRotatedLogs = false
    /// Events that effects brought about, in order.
    var followUps: [SupervisorEvent] = []
    var nextStream: UInt64 = 1
    var nextRequest: UInt64 = 1
    var oomKills: Int64
    /// What of a storm of notices is written down.
    var noticeRate = NoticeRate()
    var isFinished = false
    /// What outlived an earlier daemon with somebody else's help.
    let inherited: InheritedDescriptors
    /// The addresses of the listening sockets that the service manager keeps, by app.
    var keptListeners: [AppName: [String]] = [:]
    /// The listening control socket.
    var listener: ControlListener
    /// Whether an ordered stop has begun.
    var isShuttingDown = false
    /// How the scope of the apps is made again; `nil` where they have no cgroups.
    var scopeRequest: AppScopeRequest?
    /// Runs whose programs are executed at the end of what is being decided.
    var preparedLaunches: [PreparedLaunch] = []
    /// Runs of which the core hears when what they wrote last is in their logs.
    var lastWords: [RunID: LastWords] = [:]
    /// What workers that were taken over were asked.
    var readinessQuestions: [RunID: ReadinessQuestion] = [:]
    /// Whether the end of the loop is not the end of the runs.
    var leavesRuns = false
    /// What an earlier daemon wrote down, until it is gone on with.
    var past: RunJournal.Loaded
    var mustRefreshTree = false
    /// When memory that only the start or the last command needed is given back; `nil` when it was.
    var memoryTrim: MonotonicInstant?
    /// How the apps of container mode ended (M32).
    var containerExits = ContainerExits()

    /// Takes the lock, opens everything, restores what should run.
    init(
        _ options: DaemonOptions,
        _ inherited: InheritedDescriptors,
        _ arrival: Arrival?
    ) throws(StartFailure) {
        CurrentProcess.keepHeapSmall()
        self.options = options
        self.arrival = arrival
        self.inherited = inherited
        let keptNames = inherited.names
        layout = options.layout
        startedAt = MonotonicInstant(nanoseconds: Clocks.monotonicNanoseconds())
        // Log files are readable for the group, nothing of ours for others; what must be tighter says so itself.
        let umask = CurrentProcess.setUmask(0o027)
        let lock = try DaemonSetup.claim(layout, kept: inherited.take(Handover.Name.lock))
        do throws(SystemError) {
            try CurrentProcess.setChildSubreaper()
            tree = ProcessTreeWatch(proc: try ProcFilesystem())
            oomKills = tree.proc.oomKillCount() ?? 0
            poll = try EventPoll()
            signals = try SignalDescriptor(signals: [
                SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD,
            ])
            listener = try ControlListener(at: layout.controlSocket, inherited)
            server = try ControlServer(
                listener: listener.descriptor,
                poll: poll,
                allowedUser: CurrentProcess.userID
            )
            runFolder = try RunFolderGuard(layout, lock: lock)
            let bootID = tree.proc.bootID() ?? "unknown"
            deriver = try DeriverThread()
            keeper = try KeeperThread(totalLimit: options.maximumLogBytes)
            pump = try LogPump(
                journalPath: options.isContainer ? nil : layout.daemonLog,
                bootID: bootID,
                deriver: deriver
            )
            commitMark = CommitMark(layout, bootID: bootID)
            if let keeper = options.keeper {
                let kept = inherited.take(Handover.Name.keeper)
                let reports = KeeperReports(kept ?? Descriptor(keeper.descriptor))
                let token = Token(.keeperReports, 0).rawValue
                try poll.add(reports.descriptor.rawValue, .readable, token: token)
                keeperReports = reports
            }
            let startsAfresh = options.isContainer && !options.isAgain
            past =
                startsAfresh ? RunJournal.Loaded() : RunJournal.load(path: layout.runJournal, bootID: bootID)
            journal = try RunJournal(path: layout.runJournal, bootID: bootID, goingOnWith: past)
            try poll.add(signals.rawValue, .readable, token: Token(.signals, 0).rawValue)
            try poll.add(runFolder.rawValue, .readable, token: Token(.runFolder, 0).rawValue)
            try poll.add(pump.hasOccurrences.rawValue, .readable, token: Token(.pump, 0).rawValue)
            try poll.add(deriver.hasNotices.rawValue, .readable, token: Token(.deriver, 0).rawValue)
            try poll.add(keeper.hasNotices.rawValue, .readable, token: Token(.keeper, 0).rawValue)
        } catch {
            throw StartFailure(message: "\(error)")
        }
        let privilege = DaemonSetup.raiseOwnLimits(umask: umask, arrival?.handover)
        launcher = Launcher(
            layout: layout,
            originalFileLimit: privilege.originalFileLimit,
            originalUmask: privilege.originalUmask,
            resetsOOMScore: privilege.hasLoweredOOMScore
        )
        pipeBudget = PipeBudget(
            isPrivileged: privilege.mayExceedPipeLimits,
            softLimitPages: tree.proc.pipeUserPagesSoft() ?? 16_384
        )
        store = DesiredStateStore(
            path: options.stateFile,
            copyPath: options.isContainer ? nil : layout.stateFileCopy
        )
        if options.isContainer, options.keeper != nil {
            containerExits = ContainerExits(path: layout.containerExitsFile, continuing: options.isAgain)
        }
        let variables = ServiceManagerVariables.take()
        let manager = OutgoingMessages(toServiceManagerAt: variables.notifySocket, poll: poll)
        service = ServiceState(variables, manager, at: startedAt)
        keeperStore = inherited.take(Handover.Name.keeperStore)
        let keeperMessages = OutgoingMessages(toKeeperAt: keeperStore, poll: poll)
        // The one who starts us again is the one who can hand it back.
        descriptorStore = DescriptorStore(
            keeperMessages == nil ? .serviceManager : .keeper,
            keeperMessages ?? manager,
            holding: keptNames
        )
        systemJournal = options.isContainer ? nil : EventJournal(poll: poll)
        // Microseconds: no later daemon gives out a number of an earlier one, and it fits into an epoll token.
        let firstRun = UInt64(max(1, Clocks.realtimeNanoseconds() / 1000))
        supervisor = Supervisor(seed: firstRun, firstRun: firstRun)
    }

    // MARK: - The loop

    /// Runs until the shutdown is finished; returns the exit status.
    func run() -> Int32 {
        tellPredecessor()
        prepareScope()
        if let mistake = options.logLimitMistake {
            log("\(mistake): logs are not limited together", isWarning: true)
        }
        restore()
        if let arrival { finishArrival(arrival) }
        arrival = nil
        options.reportReadiness("ready\n")
        let isKept = options.keeper != nil
        if CommitMark.isLookedAt(layout, bootID: tree.proc.bootID() ?? "unknown", hasKeeper: isKept) {
            commitMark.set()
        }
        service.notify("READY=1\nSTATUS=\(supervisor.statusLine)")
        if !launcher.resetsOOMScore {
            log(
                "when memory runs out the kernel may choose this daemon: lowering its OOM score takes CAP_SYS_RESOURCE"
            )
        }
        var occurred: [EventPoll.Event] = []
        while !isFinished {
            // Before the wait, not after it: an adoption changes them before the first event.
            if mustRefreshDerivedJobs { refreshDerivedJobs() }
            do throws(SystemError) {
                try poll.wait(timeoutMilliseconds: millisecondsToNextTimer(), into: &occurred)
            } catch {
                log("\(error)", isWarning: true)
            }
            tree.beginTurn()
            for event in occurred {
                guard let token = Token(rawValue: event.token) else { continue }
                ready(token, event.events)
            }
            if mustRefreshTree {
                refreshTree()
            }
            fireTimers()
            expireExitDeadlines()
            expireLastWords()
            expireRehearsal()
            summariseNotices()
            writeJournal()
            service.endTurn(at: now(), nextTimer: timers.nextInstant(), status: supervisor.statusLine)
            trimMemoryIfDue()
        }
        return finish()
    }

    /// How long after a command its memory is given back: nobody should wait for that, and the next one may come soon.
    static let trimDelay: Duration = .milliseconds(500)
    /// The same after an end of a run: a crash seldom comes alone, and its successor should find the code in place.
    static let trimDelayAfterEnd: Duration = .seconds(10)

    /// Has memory given back that was needed for a start or a command: definitions and their text are large for a moment and
    /// then for nothing, and most of the program is code that waiting does not need.
    func scheduleMemoryTrim(after delay: Duration = trimDelay) {
        let instant = now() + delay
        memoryTrim = memoryTrim.map { min($0, instant) } ?? instant
    }

    private func trimMemoryIfDue() {
        guard let memoryTrim, memoryTrim <= now() else { return }
        self.memoryTrim = nil
        CurrentProcess.trimMemory()
        CurrentProcess.unmapProgram()
    }

    private func restore() {
        journal.complain = { [unowned self] error in
            log("cannot write the run journal: \(error); a crash now would lose track", isWarning: true)
        }
        if options.isContainer, !options.isAgain { store.forget() }
        scheduleMemoryTrim()
        let loaded = store.load()
        for remark in past.remarks + loaded.remarks {
            log(remark, isWarning: true)
        }
        restore(loaded)
        journal.rewrite(journalLines())
        keepAdopted()
        askForReadiness()
        tree.scope?.removeEmptyGroups()
        // In container mode what an earlier daemon of the same keeper knew counts, if it got that far.
        if let descriptor = options.appsDescriptor, loaded.state.apps.isEmpty {
            startGivenApps(from: descriptor)
        }
        endContainerIfDone()
        journal.flush()
    }

    private func millisecondsToNextTimer() -> Int32? {
        if mustRefreshTree { return 0 }
        let deadlines = [
            timers.nextInstant(), nextExitDeadline(), lastWordsDeadline, memoryTrim, service.deadline,
            upgradeAttempt?.deadline, noticeRate.deadline,
        ]
        guard let next = deadlines.compactMap({ $0 }).min()
        else {
            return nil
        }
        let wait = (next - now()).wholeNanoseconds
        guard wait > 0 else { return 0 }
        return Int32(clamping: (wait + 999_999) / 1_000_000)
    }

    private func fireTimers() {
        let instant = now()
        while let timer = timers.popDue(at: instant) {
            handle(.timerFired(timer))
        }
    }

    /// The present time of the core.
    func now() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Clocks.monotonicNanoseconds())
    }

    private func ready(_ token: Token, _ events: EventPoll.Events) {
        switch token.kind {
        case .listener: server.acceptClients()
        case .connection: serve(server.ready(ConnectionID(rawValue: token.number), events))
        case .signals: takeSignals()
        case .pump: takePumpOccurrences()
        case .deriver, .keeper: takeLogNotices()
        case .systemJournal: systemJournal?.resume()
        case .keeperReports: takeKeeperReports()
        case .serviceManager: service.resume()
        case .keeperStore: descriptorStore.resume()
        case .readiness: readReadiness(RunID(rawValue: token.number))
        case .runFolder: guardRunFolder()
        case .rehearsal: readRehearsal()
        case .child: childEnded(RunID(rawValue: token.number))
        case .straggler: stragglerEnded(RunID(rawValue: token.number))
        case .notify: takeReports(RunID(rawValue: token.number))
        case nil: break
        }
    }

    // MARK: - Signals

    private func takeSignals() {
        while let signal = try? signals.next() {
            switch signal.signal {
            case SIGCHLD: mustRefreshTree = true
            case SIGHUP: reloadSources()
            case SIGTERM where leavesAppsRunning(): leaveApps()
            case SIGINT, SIGQUIT, SIGTERM:
                isShuttingDown = true
                service.beginStop(at: now())
                let name = UnixSignal(rawValue: signal.signal)?.description ?? "a signal"
                handle(.shutdownRequested(Requester(user: name, pid: signal.senderProcessID)))
            case SIGUSR2: pump.reopen()
            default: break
            }
        }
    }

    // MARK: - The end

    private func finish() -> Int32 {
        server.closeAll()
        settle()
        commitMark.clear()
        if !leavesRuns {
            // An ordered end: what runs next begins anew.
            journal.rewrite([])
            descriptorStore.release(ControlListener.name)
            tree.scope?.release()
            try? FileContents.remove(layout.controlSocket)
        }
        try? FileContents.remove(layout.pidFile)
        return options.isContainer ? ContainerStatus.exitStatus(of: containerExits.all) : 0
    }

    /// Brings to the disk what is in memory and ends the other threads; this process ends or becomes another program.
    func settle() {
        // The next image finds these runs ended, as if we had not looked.
        lastWords = [:]
        journal.flush()
        pump.stop()
        pump.join()
        takePumpOccurrences()
        systemJournal?.resume()
        deriver.stop()
        keeper.stop()
    }

    /// Writes a line to the daemon's own log.
    func log(_ message: String, isWarning: Bool = false) {
        let time = Clocks.timestamp(of: Clocks.realtimeNanoseconds())
        let line = "\(time) \(isWarning ? "WARN" : "INFO") \(message)\n"
        if options.isContainer {
            StandardDescriptors.complain("novi | \(message)")
        } else {
            pump.write(Array(line.utf8))
        }
        systemJournal?.write(
            JournalEntry(of: JournalEntry.supervisorIdentifier, isWarning ? .warning : .info, message)
        )
    }
}
