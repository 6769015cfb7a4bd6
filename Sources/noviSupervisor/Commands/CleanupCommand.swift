import ArgumentParser
import Shared
import SupervisorClient

/// The command `cleanup APP…`.
struct CleanupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cleanup",
        abstract: "Ask Novi's workers to give memory back, as the daemon does above the soft limit."
    )

    @OptionGroup var common: CommonOptions
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.",
        completion: AppNameCompletion.kind
    )
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let layout = try common.layout()
            let client = try DaemonConnection.connect(layout)
            var failures: [CommandFailure] = []
            for process in try Listing.processes(client, try Selections.resolve(select, client)) {
                do throws(CommandFailure) {
                    Output.line(try Self.clean(process, layout))
                } catch {
                    failures.append(error)
                }
            }
            guard let first = failures.first else { return }
            let messages = failures.map(\.message).joined(separator: "\nnoviSupervisor: ")
            let isOneKind = failures.allSatisfy { $0.status == first.status }
            throw CommandFailure(messages, isOneKind ? first.status : .failed)
        }
    }

    /// Asks one worker; says what became of its heap.
    private static func clean(_ process: JSONValue, _ layout: HomeLayout) throws(CommandFailure) -> String {
        let app = process["name"]?.stringValue ?? ""
        let worker: WorkerConnection
        do throws(CommandFailure) {
            worker = try WorkerConnection(
                app,
                instance: Int(process["instance"]?.integerValue ?? 0),
                layout
            )
        } catch {
            guard error.status == .noDaemon else { throw error }
            // Only Novi's workers have a socket; what runs and has none is another program.
            let runs = process["pid"]?.integerValue != nil
            throw CommandFailure(
                "\(Listing.name(process)) \(runs ? "is no Novi worker" : "does not run")",
                .noDaemon
            )
        }
        let reply = try worker.call("\(WorkerInterface.name).Cleanup")
        func heap(_ name: String) -> String {
            reply[name]?["heap_used_bytes"]?.integerValue.map { "\(ByteCount($0))" } ?? "?"
        }
        return "\(Listing.name(process)): heap \(heap("before")), now \(heap("after"))"
    }
}
