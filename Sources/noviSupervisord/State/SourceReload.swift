import EcosystemHost
import LinuxSystem
import Shared
import SupervisorCore

/// SIGHUP: reads the files again and applies the difference (M21); a file that fails changes nothing.
extension Daemon {
    /// Reads every file that apps came from again.
    func reloadSources() {
        service.notify("RELOADING=1\nMONOTONIC_USEC=\(ServiceState.monotonicMicroseconds())")
        defer { service.notify("READY=1") }
        let definitions = supervisor.appNames.compactMap { supervisor.definition(of: $0) }
        let sources = Set(definitions.compactMap(\.source)).sorted()
        guard !sources.isEmpty else {
            log("SIGHUP: no app was read from a file; nothing to read again")
            return
        }
        for source in sources {
            reload(source, present: definitions)
        }
    }

    private func reload(_ source: String, present: [AppDefinition]) {
        // The variables that came with `start` from a shell are kept: the service's own are not the operator's (M25).
        var loader = EcosystemLoader(inheritingEnvironment: nil)
        loader.stateDirectory = layout.stateDirectory
        for definition in present {
            loader.storedEnvironments[definition.name] = definition.inheritedEnvironment
        }
        let result = loader.load(source)
        let errors = result.issues.filter { $0.severity == .error }
        guard errors.isEmpty else {
            log("SIGHUP: \(source) has mistakes; what runs stays as it is", isWarning: true)
            for issue in errors {
                log("SIGHUP: \(issue)", isWarning: true)
            }
            return
        }
        if let conflict = sharedFile(of: result.apps, prunedSource: source) {
            log("SIGHUP: \(source) is not taken over; what runs stays as it is: \(conflict)", isWarning: true)
            return
        }
        log("SIGHUP: \(source) read again")
        let id = RequestID(rawValue: nextRequest)
        nextRequest += 1
        let request = ControlRequest(.apply(environments.intern(result.apps), prunedSource: source))
        handle(.request(id, request, from: Requester(user: "SIGHUP")))
    }

    /// Starts the apps that container mode was given.
    func startGivenApps(from descriptor: Int32) {
        do {
            // A later daemon gets the same descriptor: what was read is read from its beginning again.
            try? MemoryFile.rewind(descriptor)
            let bytes = try Descriptor(descriptor).readAll(upTo: DesiredStateStore.maximumBytes)
            let items = try JSONValue(parsing: bytes).arrayValue ?? []
            let definitions = try items.map { try AppDefinition(json: $0) }
            let id = RequestID(rawValue: nextRequest)
            nextRequest += 1
            handle(.request(id, ControlRequest(.apply(definitions, prunedSource: nil)), from: .daemon))
        } catch {
            log("cannot start the given apps: \(error)", isWarning: true)
            containerExits.append(.exited(code: 78))
            isFinished = true
        }
    }
}
