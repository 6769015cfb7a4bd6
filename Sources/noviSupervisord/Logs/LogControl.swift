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
            handle(.logNoticed(process: notice.subject.flatMap(process(ofLog:)), notice))
        }
        for result in deriver.takeChanges() {
            finishLogCall(result.ticket, paths: result.paths, failures: result.failures)
        }
    }

    /// Whose a log is; of one that is common to several the first of them.
    private func process(ofLog path: String) -> Int? {
        let owner = slots.values.first { slot in slot.outputs.contains { $0.path == path } }
        if let owner { return owner.process }
        let job = keptJobs.first { job in
            if case .file(let log, _, _) = job.target { log.path == path } else { false }
        }
        return job?.sources.first?.origin.processID
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
            // Whatever it is, a full disk may be the reason, and old logs may make room.
            lookAtDisks()
        case .roomDue: lookAtDisks()
        case .dropping(let stream):
            logTroubles[stream] = tell(stream) { .dropping(log: $0) }
        case .recovered(let stream, let dropped, let wait):
            logTroubles[stream] = nil
            tell(stream) {
                .recovered(log: $0, after: .nanoseconds(wait), lines: dropped.lines, bytes: dropped.bytes)
            }
        case .log(let stream, let occurrence): takeOver(occurrence, of: stream)
        case .changed(let ticket, let paths, let failures):
            changeDerivedLogs(ticket, paths, failures)
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

    func wakeKeeper() {
        keeper.set(keptLogs())
        keeper.wake()
    }

    private func lookAtDisks() {
        keeper.set(keptLogs())
        keeper.lookAtDisks()
    }

    /// All primary and derived logs with what the deriver still needs of them.
    private func keptLogs() -> [LogKeeper.KeptLog] {
        var floors: [String: Int] = [:]
        for floor in deriver.floors where floor.isEssential {
            let path = floor.log.path
            floors[path] = min(floors[path] ?? .max, floor.position.sequence)
        }
        let essential = Set(keptJobs.filter(\.isEssential).flatMap(\.sources).map(\.log.path))
        var kept: [LogPath: LogKeeper.KeptLog] = [:]
        for slot in slots.values {
            for output in slot.outputs {
                guard let path = output.path.map({ slot.log($0) }) else { continue }
                // Before the deriver has said what it needs, it may need all.
                let floor = essential.contains(path.path) ? floors[path.path] ?? 0 : nil
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
    func log(_ path: String) -> LogPath { LogPath(path, logs.policy) }

    /// How the file of an output is rotated.
    ///
    /// Raw output beside a derived file is rotated by size only and never kept: the derived file is what is kept (M9).
    func policy(of output: Output) -> LogPolicy {
        guard let path = output.path, LogPath(path).isRaw else {
            return output.stream == error?.stream && !sharesPipe ? logs.policy.ofErrors : logs.policy
        }
        var policy = logs.policy
        policy.frequency = .never
        policy.maximumFileBytes = policy.maximumFileBytes ?? LogPolicy().maximumFileBytes
        policy.compression = .none
        policy.archiveSeconds = 0
        policy.symbolicLink = nil
        return policy
    }
}
