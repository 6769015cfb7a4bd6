import LinuxSystem
import Shared
import SupervisorCore

/// A question to a worker that was taken over while it launched: whether it got ready while no daemon heard it (M23).
///
/// Most reports of such a time wait in the run's notify socket. This is for those that a daemon had read and did not live to
/// write down. Nobody waits for the answer.
final class ReadinessQuestion {
    /// The connection to the worker.
    let socket: Descriptor
    private var decoder = VarlinkFrameDecoder(maximumFrameBytes: maximumAnswer)

    /// The longest answer that is read, in bytes.
    private static let maximumAnswer = 256 << 10

    /// Asks; `nil` when nobody can be asked, as with every app that is no Novi worker.
    ///
    /// - Parameters:
    ///   - path: The worker's socket.
    ///   - isTrusted: Whether who listens there is of the run.
    init?(at path: String, isTrusted: (PeerCredentials) -> Bool) {
        let call = VarlinkCall(method: "\(WorkerInterface.name).GetStatus", parameters: [:])
        guard let socket = try? UnixSocket.connect(path, nonBlocking: true),
            let peer = try? UnixSocket.peerCredentials(of: socket.rawValue), isTrusted(peer),
            (try? socket.write(call.encoded()[...])) != nil
        else { return nil }
        self.socket = socket
    }

    /// What the worker said.
    enum Answer: Equatable {
        /// Nothing yet.
        case none
        /// Whether it is ready, and its own words on what it does.
        case told(isReady: Bool, status: String?)
        /// It will not answer, or not in a way that makes sense.
        case failed
    }

    /// Reads what is there.
    func read() -> Answer {
        do {
            guard let bytes = try socket.read(upTo: 65_536) else { return .none }
            guard !bytes.isEmpty else { return .failed }
            decoder.append(bytes)
            guard let frame = try decoder.next() else { return .none }
            let reply = try VarlinkReply(parsing: try JSONValue(parsing: frame))
            guard reply.error == nil, let isReady = reply.parameters["ready"]?.boolValue else {
                return .failed
            }
            return .told(isReady: isReady, status: reply.parameters["status"]?.stringValue)
        } catch {
            return .failed
        }
    }
}

extension Daemon {
    /// Asks the workers among what was taken over while it launched.
    func askForReadiness() {
        for status in supervisor.snapshot(at: now()) {
            guard case .launching(let run) = status.state, let live = runs[run.id], live.isAdopted,
                let slot = slots[live.process],
                let question = ReadinessQuestion(
                    at: slot.workerSocket,
                    isTrusted: { isTrusted($0.processID, $0.userID, live) }
                )
            else { continue }
            let token = Token(.readiness, run.id.rawValue).rawValue
            guard (try? poll.add(question.socket.rawValue, .readable, token: token)) != nil else { continue }
            readinessQuestions[run.id] = question
        }
    }

    /// A worker said something.
    func readReadiness(_ run: RunID) {
        guard let question = readinessQuestions[run] else { return }
        let answer = question.read()
        guard answer != .none else { return }
        endReadinessQuestion(run)
        guard case .told(isReady: true, let status) = answer else { return }
        var report = WorkerReport()
        report.isReady = true
        report.status = status.map { String($0.prefix(WorkerReport.maximumStatusLength)) }
        handle(.reported(run, report))
    }

    /// The answer is of no more interest.
    func endReadinessQuestion(_ run: RunID) {
        guard let question = readinessQuestions.removeValue(forKey: run) else { return }
        poll.remove(question.socket.rawValue)
    }
}
