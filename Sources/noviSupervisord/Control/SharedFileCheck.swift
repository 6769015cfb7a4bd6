import EcosystemHost
import Shared
import SupervisorCore

extension Daemon {
    /// Why a change would give a file two writers; `nil` when it does not.
    func sharedFile(of action: ControlRequest.Action) -> String? {
        switch action {
        case .apply(let definitions, let source): return sharedFile(of: definitions, prunedSource: source)
        case .scale(let app, let target):
            // Further instances have files of their own, with their numbers.
            guard var definition = supervisor.definition(of: app) else { return nil }
            switch target {
            case .exactly(let count): definition.instances = count
            case .change(let change): definition.instances += min(change, SupervisorLimits.maximumInstances)
            }
            guard (1...SupervisorLimits.maximumInstances).contains(definition.instances) else { return nil }
            return sharedFile(of: [definition], prunedSource: nil)
        default: return nil
        }
    }

    /// Why apps cannot be taken over because of their files (M3); `nil` when they can.
    ///
    /// The file that they come from was checked, but not against the apps that are here already.
    func sharedFile(of definitions: [AppDefinition], prunedSource: String?) -> String? {
        // In container mode no output goes to files.
        guard !options.isContainer else { return nil }
        let new = Set(definitions.map(\.name))
        let staying = supervisor.appNames.filter { !new.contains($0) }
            .compactMap { supervisor.definition(of: $0) }
            .filter { prunedSource == nil || $0.source != prunedSource }
        let conflicts = SharedFiles.conflicts(
            among: staying + definitions,
            logDirectory: layout.logDirectory,
            host: LinuxHostFacts()
        )
        return conflicts.first { new.contains($0.app) }.map { "\($0.app): \($0.message)" }
    }
}
