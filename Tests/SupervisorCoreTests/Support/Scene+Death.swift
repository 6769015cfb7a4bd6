import Shared
import SupervisorCore

/// The death of the daemon, and the next one.
extension Scene {
    /// What the daemon would find that comes after this one, from the checkpoints as they are written.
    ///
    /// - Parameters:
    ///   - fates: What became of runs, by process; runs that are not named live on.
    ///   - isTold: Whether the signals of stops were sent.
    ///   - desired: What should run, where it is not what the dead one wrote last.
    /// - Returns: What the next daemon finds.
    func restoration(
        _ fates: [String: RunFate] = [:],
        isTold: Bool = true,
        desired: DesiredState? = nil
    ) -> Restoration {
        var restoration = Restoration(desired ?? supervisor.desiredState)
        for checkpoint in supervisor.checkpoints {
            let line = JournalLine(JournalLine.process(checkpoint).bytes)
            guard case .process(let read) = line else { continue }
            let usual: RunFate = read.run.map { .lives(pid: $0.pid ?? 77) } ?? .neverExecuted
            restoration.processes[read.id] = RestoredProcess(
                checkpoint: read,
                fate: fates["\(read.name)"] ?? usual,
                isTold: isTold
            )
        }
        return restoration
    }

    /// The scene after the daemon's death: a new core that goes on from what this one wrote.
    func next(
        _ fates: [String: RunFate] = [:],
        isTold: Bool = true,
        desired: DesiredState? = nil,
        after gap: Duration = .milliseconds(100)
    ) -> Scene {
        var scene = Scene()
        scene.now = now + gap
        scene.send(.restored(restoration(fates, isTold: isTold, desired: desired)))
        return scene
    }
}
