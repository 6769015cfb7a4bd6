import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// One loop around the model: waits for keys, signals, answers and log lines, never for one alone.
final class MonitorLoop {
    /// Log lines are read so often at most: more than an eye can follow.
    private static let logPause: Int64 = 100_000_000
    private static let second: Int64 = 1_000_000_000
    /// A question that is open for so long is a daemon that hangs.
    private static let patience: Int64 = 5 * second

    private let options: MonitorOptions
    private let interval: Int64
    private let clean: CleanText
    private var model: MonitorModel
    private let terminal: TerminalScreen?
    private let signals: SignalDescriptor
    private let daemon: DaemonLink
    private let bridge: BridgeLink
    private var meter: HostMeter
    private var host: HostFigures
    private var actions: [RunningAction] = []
    private var feed: LogFeed?
    private var nextLook: Int64 = 0
    private var lastLook: Int64 = 0
    private var nextLogs: Int64 = 0
    private var isDirty = true
    private var status: Int32?

    /// The signals that it takes.
    static let signals = [SIGTERM, SIGINT, SIGHUP, SIGWINCH, SIGTSTP]

    init(_ options: MonitorOptions, _ terminal: TerminalScreen?, _ signals: SignalDescriptor, _ style: Style)
    {
        self.options = options
        self.terminal = terminal
        clean = CleanText(hasUnicode: style.hasUnicode)
        let usual: Duration = terminal == nil ? .seconds(5) : .seconds(1)
        interval = (options.interval ?? usual).wholeNanoseconds
        model = MonitorModel(
            size: terminal?.size ?? ScreenSize(columns: 80, rows: 24),
            isReadOnly: options.isReadOnly,
            home: options.layout.home,
            homeOption: options.isHomeNamed ? options.layout.home : nil,
            select: options.select,
            hasUnicode: style.hasUnicode
        )
        self.signals = signals
        daemon = DaemonLink(options, clean, wantsEvents: terminal != nil)
        bridge = BridgeLink(options.layout)
        meter = HostMeter(folder: options.layout.logDirectory)
        host = meter.measure()
    }

    /// Runs until it is ended.
    ///
    /// - Returns: The exit status.
    func run() -> Int32 {
        while true {
            let now = Clocks.monotonicNanoseconds()
            tell(.tick(now))
            look(now)
            if let feed, feed.hasMore, now >= nextLogs { readLogs() }
            if let status { return status }
            if isDirty, let terminal {
                isDirty = false
                terminal.show(MonitorScreen.draw(model))
            }
            wait()
        }
    }

    // MARK: - The model

    private func tell(_ event: MonitorEvent) {
        if case .tick(let now) = event {
            // Only the end of a notice changes what is seen.
            isDirty = isDirty || model.notice.map { $0.until <= now } ?? false
        } else {
            isDirty = true
        }
        for effect in model.handle(event) { carryOut(effect) }
    }

    private func carryOut(_ effect: MonitorEffect) {
        switch effect {
        case .describe(let process): take(daemon.describe(process))
        case .openLogs(let scope): take(daemon.findLogs(scope))
        case .perform(let action): perform(action)
        case .redraw: terminal?.redraw()
        case .suspend: suspend()
        case .quit(let status): self.status = status
        }
    }

    private func take(_ answer: DaemonLink.Answer?) {
        switch answer {
        case nil: break
        case .snapshot(let snapshot): take(snapshot)
        case .described(let process, let description): tell(.described(process, description))
        case .logFiles(let scope, let files): open(scope, files)
        case .happened(let event):
            // What it changed is seen at once, but never more than one look a second.
            nextLook = min(nextLook, lastLook + Self.second)
            tell(.happened(event))
        case .lost(let reason): tell(.away(reason))
        }
    }

    private func take(_ snapshot: Snapshot) {
        let now = Clocks.monotonicNanoseconds()
        host = meter.measure()
        guard terminal != nil else {
            let time = Clocks.timestamp(of: Clocks.realtimeNanoseconds())
            write(PlainLines.text(snapshot, host, time: time), to: 1)
            model.awayReason = nil
            return
        }
        tell(.measured(host))
        tell(.snapshot(snapshot))
        if bridge.look(snapshot.rows, now) { tell(.linkTold(nil)) }
    }

    /// Looks at the daemon where that is due.
    private func look(_ now: Int64) {
        actions.removeAll { action in
            guard action.deadline <= now else { return false }
            tell(.answered(action.action, action.late, isSuccess: false))
            return true
        }
        if let asked = daemon.askedAt, now - asked > Self.patience, model.awayReason == nil {
            tell(.away("it does not answer"))
        }
        guard now >= nextLook else { return }
        nextLook = now + (daemon.isConnected ? interval : Self.second)
        if !daemon.isConnected {
            if let reason = daemon.connect() {
                if model.awayReason != reason {
                    tell(.away(reason))
                    if terminal == nil { write("noviMonitor: no daemon: \(reason)\n", to: 2) }
                }
                return
            }
            nextLook = now + interval
        }
        lastLook = now
        take(daemon.list())
    }

    // MARK: - Actions

    private func perform(_ action: ProcessAction) {
        do throws(CommandFailure) {
            actions.append(try RunningAction(action, options.layout))
        } catch {
            tell(.answered(action, error.message, isSuccess: false))
        }
    }

    // MARK: - Logs

    private func open(_ scope: LogScope, _ files: [LogFile]) {
        // Another one is wanted by now.
        guard scope.process == model.wantedScope.process, terminal != nil else { return }
        do throws(CommandFailure) {
            let feed = try LogFeed(scope, files, clean)
            let lines = try feed.lines()
            self.feed = feed
            tell(.logsOpened(scope))
            tell(.logged(lines))
        } catch {
            feed = nil
            tell(.logsFailed(scope, error.message))
        }
    }

    private func readLogs() {
        guard let feed else { return }
        nextLogs = Clocks.monotonicNanoseconds() + Self.logPause
        do throws(CommandFailure) {
            let lines = try feed.lines()
            if !lines.isEmpty { tell(.logged(lines)) }
        } catch {
            self.feed = nil
            tell(.logsFailed(feed.scope, error.message))
        }
    }

    // MARK: - Waiting

    /// Waits until there is something to do and does it.
    private func wait() {
        let now = Clocks.monotonicNanoseconds()
        var watched = [watch(signals.rawValue, Int16(POLLIN))]
        var doings: [() -> Void] = [{ self.takeSignals() }]
        func add(_ fd: Int32, _ events: Int16, _ doing: @escaping () -> Void) {
            watched.append(watch(fd, events))
            doings.append(doing)
        }
        if terminal != nil { add(0, Int16(POLLIN)) { self.takeKeys() } }
        for link in daemon.links {
            add(link.rawValue, link.interest) { for answer in self.daemon.serve(link) { self.take(answer) } }
        }
        for action in actions { add(action.link.rawValue, action.link.interest) { self.finish(action) } }
        if let link = bridge.link {
            add(link.rawValue, link.interest) {
                if let state = self.bridge.answer() { self.tell(.linkTold(state)) }
            }
        }
        var end = min(nextLook, actions.map(\.deadline).min() ?? .max, model.notice?.until ?? .max)
        if let asked = daemon.askedAt, model.awayReason == nil { end = min(end, asked + Self.patience + 1) }
        if let feed, let fd = feed.rawValue {
            if feed.hasMore || now < nextLogs {
                end = min(end, nextLogs)
            } else {
                add(fd, Int16(POLLIN)) { self.readLogs() }
            }
        }
        let milliseconds = max(0, (end - now + 999_999) / 1_000_000)
        guard poll(&watched, nfds_t(watched.count), Int32(clamping: milliseconds)) > 0 else { return }
        for (index, entry) in watched.enumerated() where entry.revents != 0 && status == nil {
            if entry.fd == 0, entry.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 {
                // The terminal is gone; a descriptor of one that is says so and is readable, for ever.
                status = 129
            } else {
                doings[index]()
            }
        }
    }

    private func watch(_ fd: Int32, _ events: Int16) -> pollfd { pollfd(fd: fd, events: events, revents: 0) }

    private func takeKeys() {
        guard let terminal else { return }
        for key in terminal.keys() where status == nil { tell(.key(key)) }
    }

    private func finish(_ action: RunningAction) {
        guard let result = action.result() else { return }
        actions.removeAll { $0 === action }
        tell(.answered(action.action, result.text, isSuccess: result.isSuccess))
        nextLook = min(nextLook, lastLook + Self.second)
    }

    private func takeSignals() {
        while let signal = try? signals.next()?.signal {
            switch signal {
            case SIGWINCH: noteSize()
            case SIGTSTP: suspend()
            case SIGINT: status = ExitStatus.interrupted.rawValue
            default:
                terminal?.end()
                CurrentProcess.suffer(signal)
            }
        }
    }

    private func noteSize() {
        guard let terminal else { return }
        terminal.resize(terminal.size)
        tell(.resized(terminal.size))
    }

    /// Gives the terminal back and stops, until somebody continues us.
    private func suspend() {
        terminal?.end()
        CurrentProcess.suffer(SIGTSTP)
        terminal?.resume()
        noteSize()
        nextLook = 0
    }

    private func write(_ text: String, to fd: Int32) {
        let target = Descriptor(fd)
        defer { _ = target.take() }
        do throws(SystemError) {
            try target.writeAll(Array(text.utf8))
        } catch {
            // The reader has had enough.
            if fd == 1 { status = 0 }
        }
    }
}
