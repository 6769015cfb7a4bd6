import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// An action that was asked for, on a connection of its own: calls on one are answered in turn, and a stop takes its time.
final class RunningAction {
    /// How long the daemon may take; as long as with the command.
    private static let timeout: Duration = .seconds(60)

    let action: ProcessAction
    let link: VarlinkLink
    /// When it is given up, in nanoseconds since boot.
    let deadline: Int64

    /// Asks.
    ///
    /// - Throws: ``CommandFailure`` when nobody is there to be asked.
    init(_ action: ProcessAction, _ layout: HomeLayout) throws(CommandFailure) {
        self.action = action
        deadline = Clocks.monotonicNanoseconds() + (Self.timeout + .seconds(5)).wholeNanoseconds
        let path =
            action.kind == .cleanup
            ? "\(layout.applicationRunDirectory)/\(action.app)-\(action.instance)/worker.sock"
            : layout.controlSocket
        do throws(SystemError) {
            link = try VarlinkLink(path)
            let (method, parameters) = Self.call(action)
            try link.call(method, parameters)
        } catch {
            guard action.kind == .cleanup else { throw CommandFailure("cannot ask the daemon: \(error)") }
            throw CommandFailure("\(action.process) is no worker of Novi's that could be asked: \(error)")
        }
    }

    private static func call(_ action: ProcessAction) -> (String, JSONObject) {
        let select: JSONValue = [.string(action.process)]
        let timeout = JSONValue.integer(timeout.wholeMilliseconds)
        func method(_ name: String) -> String { "\(SupervisorInterface.name).\(name)" }
        switch action.kind {
        case .start: return (method("Start"), ["select": select, "wait": true, "timeout_ms": timeout])
        case .stop: return (method("Stop"), ["select": select, "timeout_ms": timeout])
        case .restart: return (method("Restart"), ["select": select, "wait": true, "timeout_ms": timeout])
        case .signal(let name):
            return (method("Signal"), ["select": select, "signal": .string("SIG\(name)")])
        case .cleanup: return ("\(WorkerInterface.name).Cleanup", [:])
        }
    }

    /// What became of it, once the answer is there.
    func result() -> (text: String, isSuccess: Bool)? {
        do throws(SystemError) {
            try link.flush()
            guard let reply = try link.replies().first else { return nil }
            return words(reply)
        } catch {
            return ("\(action.process): the other side hung up: \(error)", false)
        }
    }

    /// What is said when the answer does not come.
    var late: String { "\(action.process): no answer; what was asked may still be done" }

    private func words(_ reply: VarlinkReply) -> (text: String, isSuccess: Bool) {
        if let error = reply.error {
            let failure =
                action.kind == .cleanup
                ? WorkerErrors.failure(error, reply.parameters, action.process)
                : ControlErrors.failure(error, reply.parameters)
            return (Self.oneLine(failure.message), false)
        }
        guard action.kind != .cleanup else {
            func heap(_ name: String) -> String {
                reply.parameters[name]?["heap_used_bytes"]?.integerValue.map { "\(ByteCount($0))" } ?? "?"
            }
            return ("\(action.process): heap \(heap("before")), now \(heap("after"))", true)
        }
        let style = Style(hasColor: false, hasUnicode: true, width: nil)
        let lines = OutcomeLines(outcomes: reply.parameters["outcomes"]?.arrayValue ?? [], style: style)
        return (Self.oneLine(lines.text()), !lines.containsFailure)
    }

    private static func oneLine(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: "; ")
    }
}
