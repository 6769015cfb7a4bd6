import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// What the loop has to do with logs: hands work to the threads, tells what they found, answers clients.
extension Daemon {
    // MARK: - What the threads tell

    /// Handles what the pump told.
    func takePumpOccurrences() {
        for occurrence in pump.takeOccurrences() {
            takeOver(occurrence)
        }
        tellEnds()
    }

    /// Handles what the deriver and the keeper told.
    func takeLogNotices() {
        for notice in deriver.takeNotices() + keeper.takeNotices() {
            let owner = slots.values.first { slot in slot.outputs.contains { $0.path == notice.subject } }
            handle(.logNoticed(process: owner?.process, notice))
        }
    }

    private func takeOver(_ occurrence: LogPump.Occurrence) {
        switch occurrence {
        case .drained(let stream, let run): releaseOutput(of: stream, RunID(rawValue: run))
        case .runEnded(_, let run): lastWordsWritten(of: run)
        case .detached(let stream):
            logTroubles[stream] = nil
            if let slot = retiringSlots.removeValue(forKey: stream) {
                deriver.complete(slot.path(of: stream))
            }
            mustRefreshDerivedJobs = true
        case .trouble(let stream, let message):
            logTroubles[stream] = tell(stream) { .blocked(log: $0, reason: message) }
        case .dropping(let stream):
            logTroubles[stream] = tell(stream) { .dropping(log: $0) }
        case .recovered(let stream, let dropped, let wait):
            logTroubles[stream] = nil
            tell(stream) {
                .recovered(log: $0, after: .nanoseconds(wait), lines: dropped.lines, bytes: dropped.bytes)
            }
        case .log(let stream, let occurrence): takeOver(occurrence, of: stream)
        case .changed(let ticket, let paths, let failures): answerLogCall(ticket, paths, failures)
        }
    }

    private func takeOver(_ occurrence: RotatingLog.Occurrence, of stream: StreamID) {
        switch occurrence {
        case .rotated: wakeKeeper()
        case .rotatedInsideLine(let path):
            wakeKeeper()
            tell(stream) { _ in .lineCut(rotated: path) }
        case .rotationFailed(let error):
            tell(stream) { .rotationFailed(log: $0, reason: "\(error)") }
        case .changedByOthers(let finding):
            tell(stream) { .changedByOthers(log: $0, how: "\(finding)", times: 1) }
        }
    }

    /// Tells the core what happened to the log of a stream.
    @discardableResult
    private func tell(_ stream: StreamID, _ notice: (String) -> LogNotice) -> LogNotice {
        let slot = slot(of: stream) ?? retiringSlots[stream]
        let told = notice(slot?.path(of: stream) ?? "a log")
        handle(.logNoticed(process: slot?.process, told))
        return told
    }

    /// What becomes of the output of a process while a log takes nothing; the worse of two troubles.
    func outputTrouble(ofProcess id: Int) -> String? {
        let troubles = (slots[id]?.outputs ?? []).compactMap { logTroubles[$0.stream] }
        return troubles.max { $0.level < $1.level }?.message
    }

    private func slot(of stream: StreamID) -> ProcessSlot? {
        slots.values.first { slot in slot.outputs.contains { $0.stream == stream } }
    }

    // MARK: - Derived logs

    /// Tells the deriver what is to be derived, after processes came or went; at most once a turn of the loop.
    func refreshDerivedJobs() {
        mustRefreshDerivedJobs = false
        guard !options.isContainer else { return }
        let living = slots.values.compactMap { slot in
            supervisor.definition(of: slot.name.app).map { (process: slot, app: $0) }
        }
        let jobs = DerivedJobs(living, layout).jobs
        defer { keepLogs(jobs) }
        guard hasDerivedJobs || !jobs.isEmpty else { return }
        hasDerivedJobs = true
        try? Directory.create(DerivedJobs.journalFolder(layout), mode: 0o700, withParents: true)
        deriver.set(jobs)
    }

    // MARK: - Keeping

    /// Tells the keeper which logs there are; rotated ones may be there from before.
    private func keepLogs(_ jobs: [DerivedJob]) {
        keptJobs = jobs
        if !hasLookedForRotatedLogs {
            hasLookedForRotatedLogs = true
            wakeKeeper()
        }
    }

    private func wakeKeeper() {
        keeper.set(keptLogs())
        keeper.wake()
    }

    /// All primary and derived logs with what the deriver still needs of them.
    private func keptLogs() -> [LogKeeper.KeptLog] {
        var floors: [LogPath: Int] = [:]
        for floor in deriver.floors where floor.isEssential {
            floors[floor.log] = min(floors[floor.log] ?? .max, floor.position.sequence)
        }
        let essential = Set(keptJobs.filter(\.isEssential).flatMap(\.sources).map(\.log))
        var kept: [LogPath: LogKeeper.KeptLog] = [:]
        for slot in slots.values {
            for output in slot.outputs {
                guard let path = output.path.map({ slot.log($0) }) else { continue }
                // Before the deriver has said what it needs, it may need all.
                let floor = essential.contains(path) ? floors[path] ?? 0 : nil
                let policy = slot.policy(of: output)
                kept[path] = .init(log: path, policy: policy, app: slot.name.app.rawValue, floor: floor)
            }
        }
        for job in keptJobs {
            guard case .file(let path, _, let policy) = job.target else { continue }
            let app = job.sources.first?.origin.process.app.rawValue ?? ""
            kept[path] = .init(log: path, policy: policy, app: app)
        }
        return Array(kept.values)
    }

    // MARK: - Clients

    /// Asks the pump to put files aside, or to empty them; the answer comes when it did.
    func changeLogs(
        _ parameters: inout CallParameters,
        _ id: ConnectionID,
        _ change: ([StreamID], UInt64) -> Void,
        _ word: String
    ) throws(CallFailure) {
        let chosen = try selectedProcesses(&parameters)
        let ticket = nextLogTicket
        nextLogTicket += 1
        logCallers[ticket] = (id, word)
        change(chosen.compactMap { slots[$0] }.flatMap(\.outputs).map(\.stream), ticket)
    }

    private func answerLogCall(_ ticket: UInt64, _ paths: [String], _ failures: [String]) {
        guard let (id, word) = logCallers.removeValue(forKey: ticket) else { return }
        for failure in failures { log("a log cannot be \(word): \(failure)", isWarning: true) }
        answer(
            id,
            [
                word: .array(paths.map { .string($0) }),
                "failures": .array(failures.map { .string($0) }),
            ]
        )
    }
}

extension DerivedJob {
    /// Whether what it makes exists nowhere else: a file, not a copy in the journal.
    fileprivate var isEssential: Bool {
        if case .file = target { true } else { false }
    }
}

extension ProcessSlot {
    /// The file of a stream.
    func path(of stream: StreamID) -> String? {
        outputs.first { $0.stream == stream }?.path
    }

    /// The place of a log of this process.
    func log(_ path: String) -> LogPath { LogPath(path, archive: logs.policy.archiveDirectory) }

    /// How the file of an output is rotated.
    ///
    /// Raw output beside a derived file is rotated by size only and never kept: the derived file is what is kept (M9).
    func policy(of output: Output) -> LogPolicy {
        guard let path = output.path, LogPath(path).suffix == ".raw" else { return logs.policy }
        var policy = logs.policy
        policy.frequency = .never
        policy.maximumFileBytes = policy.maximumFileBytes ?? LogPolicy().maximumFileBytes
        policy.compression = .none
        policy.archiveSeconds = 0
        policy.symbolicLink = nil
        return policy
    }
}
