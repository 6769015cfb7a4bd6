import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// A command that rotates or empties logs, under way.
struct LogCall {
    /// Who waits for the answer.
    var connection: ConnectionID
    /// What is done.
    var change: Deriver.FileChange
    /// Whose logs.
    var processes: Set<Int>
    /// Files that were made or emptied so far.
    var paths: [String] = []
    /// What did not work so far.
    var failures: [String] = []

    /// The word for it in the answer.
    var word: String {
        switch change {
        case .rotate: "rotated"
        case .empty: "flushed"
        }
    }
}

/// `logs rotate` and `flush`: first the pump with the primary logs, then the deriver with what is made of them.
extension Daemon {
    /// Asks the pump to put files aside, or to empty them; the answer comes when it and the deriver did.
    func changeLogs(
        _ parameters: inout CallParameters,
        _ id: ConnectionID,
        _ change: Deriver.FileChange
    ) throws(CallFailure) {
        let chosen = try selectedProcesses(&parameters)
        let ticket = nextLogTicket
        nextLogTicket += 1
        logCalls[ticket] = LogCall(connection: id, change: change, processes: Set(chosen))
        let streams = chosen.compactMap { slots[$0] }.flatMap(\.outputs).map(\.stream)
        switch change {
        case .rotate: pump.rotate(streams, ticket)
        case .empty: pump.empty(streams, ticket)
        }
    }

    /// The pump did its part: the deriver's comes next.
    func changeDerivedLogs(_ ticket: UInt64, _ paths: [String], _ failures: [String]) {
        guard var call = logCalls[ticket] else { return }
        call.paths += paths
        call.failures += failures
        var derived: [String] = []
        for job in keptJobs {
            guard case .file(let log, _, _) = job.target else { continue }
            let writers = Set(job.sources.map(\.origin.processID))
            guard !writers.isDisjoint(with: call.processes) else { continue }
            let others = job.sources.map(\.origin).filter { !call.processes.contains($0.processID) }
            if call.change == .empty, let other = others.first {
                call.failures.append("\(log.path) holds lines of \(other.process), too: flush both together")
            } else {
                derived.append(log.path)
            }
        }
        logCalls[ticket] = call
        let change = DeriverThread.Change(
            ticket: ticket,
            change: call.change,
            paths: derived.sorted(),
            emptied: call.change == .empty ? paths : []
        )
        guard !derived.isEmpty, deriver.change(change) else {
            return finishLogCall(ticket, paths: [], failures: [])
        }
    }

    /// Answers when all is done.
    func finishLogCall(_ ticket: UInt64, paths: [String], failures: [String]) {
        guard let call = logCalls.removeValue(forKey: ticket) else { return }
        // Derived files that were put aside are there to be kept as well.
        if !paths.isEmpty { wakeKeeper() }
        let failures = call.failures + failures
        for failure in failures { log("a log cannot be \(call.word): \(failure)", isWarning: true) }
        answer(
            call.connection,
            [
                call.word: .array((call.paths + paths).map { .string($0) }),
                "failures": .array(failures.map { .string($0) }),
            ]
        )
    }
}
