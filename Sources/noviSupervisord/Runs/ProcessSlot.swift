import Glibc
import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// What a process keeps over its restarts: pipes for its output, listening sockets, folders.
///
/// The pipes outlive each run, so nothing has to be drained before a restart, and the order of lines in a file is the order
/// in which they were written, over all runs.
final class ProcessSlot {
    /// One output pipe and the file it goes to.
    struct Output {
        let stream: StreamID
        let pipe: OutputPipe
        let path: String?
        /// What went through it.
        let counters = StreamCounters()
    }

    let process: Int
    let name: ProcessName
    let output: Output?
    /// `nil` when standard error shares the pipe of standard output.
    let error: Output?
    let sharesPipe: Bool
    let listeners: [Descriptor]
    /// The user whose rights the pipes and folders were made for.
    let user: AppUser?
    let runtimeDirectory: String
    let dataDirectory: String
    let pidFile: String?
    /// The addresses of ``listeners`` as configured.
    let addresses: [String]
    /// Where output goes and what becomes of it.
    let logs: LogDestinations

    /// The run under whose name the service manager keeps the pipes.
    var keptRun: RunID?

    /// Which pipes it has, standard error's own or that of standard output.
    var pipes: (output: FileStatus.Identity?, error: FileStatus.Identity?) {
        (output?.pipe.identity, (sharesPipe ? output : error)?.pipe.identity)
    }

    /// Where a worker answers questions; other programs have none.
    var workerSocket: String { "\(runtimeDirectory)/worker.sock" }

    /// The streams of the slot.
    var outputs: [Output] { [output, error].compactMap { $0 } }

    init(
        process: Int,
        name: ProcessName,
        output: Output?,
        error: Output?,
        sharesPipe: Bool,
        listeners: [Descriptor],
        addresses: [String],
        user: AppUser?,
        runtimeDirectory: String,
        dataDirectory: String,
        pidFile: String?,
        logs: LogDestinations
    ) {
        self.process = process
        self.name = name
        self.output = output
        self.error = error
        self.sharesPipe = sharesPipe
        self.listeners = listeners
        self.addresses = addresses
        self.user = user
        self.runtimeDirectory = runtimeDirectory
        self.dataDirectory = dataDirectory
        self.pidFile = pidFile
        self.logs = logs
    }

    /// Whether this slot still does for a definition: the same files, sockets and owner.
    func fits(_ app: AppDefinition, _ layout: HomeLayout) -> Bool {
        let paths = LogPaths(app, instance: name.instance, directory: layout.logDirectory)
        return output?.path == paths.output && sharesPipe == paths.isShared
            && (sharesPipe || error?.path == paths.error) && addresses == app.listen && user == app.user
            && logs == app.logs
            && pidFile == app.pidFile.map { LogPaths.numbered($0, instance: name.instance) }
    }
}
