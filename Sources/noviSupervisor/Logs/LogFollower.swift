import Glibc
import LinuxSystem
import LogFiles
import SupervisorClient

/// Shows what is written to logs, for ever, those of apps that come later included.
final class LogFollower {
    private let logs: MergedLogs
    private let watch: LogWatch
    private let printer: LogPrinter
    private let arrivals: LogArrivals?
    private var paths: Set<String>
    /// From when on files that come later are shown: they may have been there before.
    private let began = Clocks.realtimeNanoseconds()
    private var lastLook: Int64 = 0

    /// How far a follower may be behind before it misses lines (F20), in bytes.
    private static let longestBacklog: Int64 = 64 << 20
    /// So many lines at a time: between them it is looked how far behind this reader is.
    private static let portion = 2000
    /// Between two looks at how far behind it is, in nanoseconds.
    private static let lookPause: Int64 = 50_000_000

    /// Follows logs that are open.
    ///
    /// - Parameters:
    ///   - logs: The logs.
    ///   - watch: What tells of changes to them; from before they were opened.
    ///   - printer: Takes lines, and what is missing.
    ///   - paths: The logs' paths.
    ///   - arrivals: What tells of others; `nil` for those that there are.
    init(
        _ logs: MergedLogs,
        _ watch: LogWatch,
        _ printer: LogPrinter,
        _ paths: [String],
        _ arrivals: LogArrivals?
    ) {
        self.logs = logs
        self.watch = watch
        self.printer = printer
        self.paths = Set(paths)
        self.arrivals = arrivals
    }

    /// Goes on until the command is ended.
    ///
    /// - Parameter chosen: Which files of those that come are wanted.
    /// - Throws: `SystemError` when a log cannot be read.
    func follow(_ chosen: (LogFile) -> Bool) throws(SystemError) -> Never {
        while true {
            let isAll = try logs.read(isComplete: false, portion: Self.portion, printer.take)
            printer.flush()
            tellLosses(isAll)
            if isAll { wait() }
            for index in watch.changed() { logs.wake(index) }
            for file in arrivals?.files() ?? [] where chosen(file) { try add(file) }
        }
    }

    private func tellLosses(_ isAll: Bool) {
        let now = Clocks.monotonicNanoseconds()
        if !isAll, now - lastLook >= Self.lookPause {
            lastLook = now
            for (index, bytes) in logs.skipBacklogs(above: Self.longestBacklog) {
                printer.tell(of: index) { .skipped(bytes, of: $0) }
            }
        }
        printer.tell(logs.takeSurprises())
    }

    private func wait() {
        var watched = ([watch.rawValue] + (arrivals?.rawValues ?? [])).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // A daemon that is away is looked for now and then.
        let isComplete = arrivals?.isConnected ?? true
        _ = poll(&watched, nfds_t(watched.count), isComplete ? -1 : 1000)
    }

    private func add(_ file: LogFile) throws(SystemError) {
        guard paths.insert(file.path).inserted, (try? watch.add(file.path)) != nil else { return }
        var source = file.source(ofPreviousRun: false)
        source.since = began
        try logs.add(source)
        printer.add(file)
    }
}
