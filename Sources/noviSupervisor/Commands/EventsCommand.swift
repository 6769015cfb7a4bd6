import ArgumentParser
import Shared
import SupervisorClient

/// The command `events [-f] [APP…]`.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happened, and with -f what happens."
    )

    @OptionGroup var common: CommonOptions
    @Flag(name: [.customShort("f"), .long], help: "Go on with each new event.")
    var follow = false
    @Option(
        name: [.customShort("n"), .customLong("last")],
        parsing: .unconditional,
        help: "How many past events."
    )
    var last: Int = 50
    @Flag(help: "One JSON object a line.")
    var json = false
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon; nothing for all.",
        completion: AppNameCompletion.kind
    )
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            guard (0...10_000).contains(last) else {
                throw CommandFailure("--last \(last) is no number of events up to 10000", .usage)
            }
            let client = try common.connect()
            var parameters: JSONObject = ["last": .integer(Int64(last)), "follow": .bool(follow)]
            if !select.isEmpty { parameters["select"] = try Selections.resolve(select, client) }
            Interruption.endsQuietly()
            var stream = client
            var daemon: DaemonIdentity?
            if follow { daemon = try DaemonIdentity(common.connect().call("Ping")) }
            while true {
                do throws(CommandFailure) {
                    return try show(stream, parameters)
                } catch {
                    // A daemon that was upgraded or came back is followed from its first event on.
                    guard follow, error.status == .noDaemon, let next = try? common.connect() else {
                        throw error
                    }
                    let present = try DaemonIdentity(common.connect().call("Ping"))
                    parameters["last"] = .integer(daemon?.isSameImage(as: present) == true ? 0 : 10_000)
                    daemon = present
                    stream = next
                }
            }
        }
    }

    private func show(_ stream: ControlClient, _ parameters: JSONObject) throws(CommandFailure) {
        do throws(CommandFailure) {
            try stream.callForMany("Events", parameters, isFollowed: follow) { reply in
                guard let event = reply["event"] else { return }
                if json {
                    Output.json(event.objectValue ?? [:])
                } else {
                    Output.line(common.style.plain(EventLine(event).text(withProcess: true)))
                }
            }
        } catch {
            // No event yet is an answer, not a failure.
            guard error.error == "NoEvents" else { throw error }
        }
    }
}
