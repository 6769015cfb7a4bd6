import Glibc
import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

extension ProcessSlot {
    /// What opening a slot needs of the daemon.
    struct Surroundings {
        var layout: HomeLayout
        /// Hands out stream numbers.
        var nextStream: () -> StreamID
        /// How much a pipe may hold at first, and may grow to (M6).
        var pipeBudget: PipeBudget
        /// Container mode: output goes to the daemon's own standard output and error.
        var writesToTerminal: Bool
        /// Listening sockets of sibling instances, which all instances of an app share.
        var sharedListeners: [Descriptor]?
    }

    /// Makes folders, pipes and sockets for a process.
    ///
    /// - Throws: ``SpawnFailure`` that names the step, for the state and for `why`.
    static func open(
        _ plan: LaunchPlan,
        _ surroundings: inout Surroundings
    ) throws(SpawnFailure) -> ProcessSlot {
        let app = plan.app
        let layout = surroundings.layout
        let runtime = runtimeDirectory(plan.name, layout)
        let data = dataDirectory(plan.name, layout)
        do throws(SpawnFailure) {
            try attempt("runtime folder") { () throws(SystemError) in
                try Directory.create(runtime, mode: 0o711, owner: app.user?.owner)
            }
            try attempt("data folder") { () throws(SystemError) in
                try Directory.create(data, mode: 0o700, owner: app.user?.owner)
            }
        } catch {
            // A folder that cannot be given away means a user that we cannot become: say that instead.
            guard let user = app.user, error.errorName == "EPERM" else { throw error }
            throw SpawnFailure(
                stage: "setuid",
                errorName: error.errorName,
                message: Launcher.cannotBecome(user, error.message)
            )
        }
        let paths = LogPaths(app, instance: plan.name.instance, directory: layout.logDirectory)
        var listeners = surroundings.sharedListeners ?? []
        if listeners.isEmpty {
            for address in app.listen {
                listeners.append(
                    try attempt("listen") { () throws(SystemError) in try ListeningSocket.open(address) }
                )
            }
        }
        let output = try openOutput(paths.output, app, &surroundings)
        let error = paths.isShared ? nil : try openOutput(paths.error, app, &surroundings)
        return ProcessSlot(
            process: plan.process,
            name: plan.name,
            output: output,
            error: error,
            sharesPipe: paths.isShared,
            listeners: listeners,
            addresses: app.listen,
            user: app.user,
            runtimeDirectory: runtime,
            dataDirectory: data,
            pidFile: app.pidFile.map { LogPaths.numbered($0, instance: plan.name.instance) },
            logs: app.logs
        )
    }

    /// The folder of one process for sockets.
    static func runtimeDirectory(_ name: ProcessName, _ layout: HomeLayout) -> String {
        "\(layout.applicationRunDirectory)/\(name.app)-\(name.instance)"
    }

    /// The folder of an app for data.
    static func dataDirectory(_ name: ProcessName, _ layout: HomeLayout) -> String {
        "\(layout.applicationStateDirectory)/\(name.app)"
    }

    private static func openOutput(
        _ path: String?,
        _ app: AppDefinition,
        _ surroundings: inout Surroundings
    ) throws(SpawnFailure) -> Output? {
        guard surroundings.writesToTerminal || path != nil else { return nil }
        if let path, !surroundings.writesToTerminal {
            // Opened once here so that a wrong path is told at the start; the pump opens it for good.
            try attempt("log file", unless: isWorthWaiting) { () throws(SystemError) in
                try Directory.createIfMissing(Directory.parent(of: path), mode: 0o750)
                _ = try PrimaryLogFile(path)
            }
        }
        let pipe = try attempt("pipe") { () throws(SystemError) in try OutputPipe(owner: app.user?.owner) }
        surroundings.pipeBudget.admit(pipe)
        return Output(stream: surroundings.nextStream(), pipe: pipe, path: path)
    }

    /// Whether a log that cannot be opened may be had later, so that the app goes on without it (M10).
    ///
    /// What is something else than a file, or below a file, stays so until somebody changes the configuration: that is told at
    /// the start. A disk that is full, read-only or failing, or a folder that is forbidden or cannot be made, is the business of
    /// whoever runs the machine, who is alerted and finds the output in the pipe, or counted.
    private static func isWorthWaiting(_ error: SystemError) -> Bool {
        ![ELOOP, EEXIST, ENOTDIR, EISDIR, EINVAL, ENAMETOOLONG, ENXIO, ENODEV].contains(error.errorNumber)
    }

    private static func attempt(
        _ stage: String,
        unless isForgiven: (SystemError) -> Bool,
        _ action: () throws(SystemError) -> Void
    ) throws(SpawnFailure) {
        try attempt(stage) { () throws(SystemError) in
            do throws(SystemError) {
                try action()
            } catch {
                guard isForgiven(error) else { throw error }
            }
        }
    }

    private static func attempt<Result>(
        _ stage: String,
        _ action: () throws(SystemError) -> Result
    ) throws(SpawnFailure) -> Result {
        do throws(SystemError) {
            return try action()
        } catch {
            throw SpawnFailure(stage: stage, errorName: error.name, message: "\(error)")
        }
    }
}

/// The share of pipe memory that the daemon takes (M6).
///
/// An unprivileged user has 16,384 pages of pipe memory in all; beyond it new pipes get 8 KiB. So without privilege at most
/// half of it is used: pipes beyond that start small and do not grow.
struct PipeBudget {
    /// Whether the kernel's limit applies.
    let isLimited: Bool
    /// What is left, in bytes.
    private(set) var remaining: Int
    /// How many pipes got less than the usual 64 KiB.
    private(set) var smallPipes = 0

    /// The size of a new pipe.
    static let usual = 65_536
    /// The size of a pipe beyond the budget.
    static let small = 8192
    /// The size to which busy pipes grow.
    static let largest = 1 << 20

    /// Makes a budget of the kernel's limit.
    init(isPrivileged: Bool, softLimitPages: Int) {
        isLimited = !isPrivileged && softLimitPages > 0
        remaining = softLimitPages / 2 * 4096
    }

    /// Takes a new pipe in.
    mutating func admit(_ pipe: OutputPipe) {
        guard isLimited else { return }
        if remaining >= Self.usual {
            remaining -= Self.usual
        } else {
            _ = try? pipe.setCapacity(Self.small)
            remaining -= Self.small
            smallPipes += 1
        }
    }

    /// Gives the memory of a pipe back.
    mutating func release(_ pipe: OutputPipe) {
        guard isLimited else { return }
        remaining += min(pipe.capacity ?? Self.usual, Self.usual)
    }

    /// The size to which one pipe may grow now.
    var growthLimit: Int { isLimited ? Self.usual : Self.largest }
}

extension AppUser {
    /// The owner of what is made for this user.
    var owner: Directory.Owner { Directory.Owner(userID: userID, groupID: groupID) }
}
