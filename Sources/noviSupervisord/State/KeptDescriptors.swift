import LinuxSystem
import Shared
import SupervisorCore

/// What is kept for the next daemon (M19, M23): of each run its notify socket and pipes, of each app its listening sockets;
/// with a service manager also the pidfd of each run and the control socket.
extension Daemon {
    /// Has what a run and its process hold kept.
    func keep(_ live: LiveRun) {
        let run = live.id
        if !live.lostMain, descriptorStore.owner == .serviceManager {
            descriptorStore.store(live.pidfd, named: DescriptorName.pidfd(run))
        }
        if let notify = live.notify {
            descriptorStore.store(notify.socket.descriptor, named: DescriptorName.notify(run))
        }
        guard let slot = slots[live.process] else { return }
        // One pipe serves many runs, and the store takes a descriptor once: the name of the run before goes first.
        if let earlier = slot.keptRun, earlier != run { releaseOutput(earlier) }
        slot.keptRun = run
        if let output = slot.output {
            descriptorStore.store(output.pipe.descriptor, named: DescriptorName.output(run))
        }
        if let error = slot.error {
            descriptorStore.store(error.pipe.descriptor, named: DescriptorName.error(run))
        }
        keepListeners(of: slot)
    }

    private func keepListeners(of slot: ProcessSlot) {
        let app = slot.name.app
        guard keptListeners[app] != slot.addresses else { return }
        for index in (keptListeners[app] ?? []).indices {
            descriptorStore.release(DescriptorName.listen(app, index))
        }
        keptListeners[app] = slot.addresses.isEmpty ? nil : slot.addresses
        for (index, listener) in slot.listeners.enumerated() {
            descriptorStore.store(listener, named: DescriptorName.listen(app, index))
        }
    }

    /// A run was let go: its process is reaped, nobody reports any more.
    func releaseKept(_ run: RunID) {
        descriptorStore.release(DescriptorName.pidfd(run))
        descriptorStore.release(DescriptorName.notify(run))
    }

    /// The pipes of a run are those of a later one now, or nobody's.
    private func releaseOutput(_ run: RunID) {
        descriptorStore.release(DescriptorName.output(run))
        descriptorStore.release(DescriptorName.error(run))
    }

    /// What a run wrote to one of its pipes is in the log.
    func releaseOutput(of stream: StreamID, _ run: RunID) {
        guard let slot = slots.values.first(where: { $0.outputs.contains { $0.stream == stream } }) else {
            return
        }
        let isOutput = slot.output?.stream == stream
        descriptorStore.release(isOutput ? DescriptorName.output(run) : DescriptorName.error(run))
    }

    /// A process is no more.
    func releaseKept(_ slot: ProcessSlot) {
        if let run = slot.keptRun { releaseOutput(run) }
        let app = slot.name.app
        guard !slots.values.contains(where: { $0.name.app == app }) else { return }
        for index in (keptListeners.removeValue(forKey: app) ?? []).indices {
            descriptorStore.release(DescriptorName.listen(app, index))
        }
    }

    /// Has the control socket kept where clients wait for a service manager to bring us back; those of a keeper try again.
    func keepControlSocket(replacing isNew: Bool) {
        guard descriptorStore.owner == .serviceManager else { return }
        if isNew { descriptorStore.release(ControlListener.name) }
        descriptorStore.store(listener.descriptor, named: ControlListener.name)
    }

    /// After adoption: what is missing in the store is added, what belongs to nothing is removed.
    func keepAdopted() {
        keepControlSocket(replacing: !listener.isKept)
        var names: Set<String> = [ControlListener.name]
        for live in runs.values {
            keep(live)
            names.formUnion([
                DescriptorName.pidfd(live.id), DescriptorName.notify(live.id), DescriptorName.output(live.id),
                DescriptorName.error(live.id),
            ])
        }
        for run in slots.values.compactMap(\.keptRun) {
            names.formUnion([DescriptorName.output(run), DescriptorName.error(run)])
        }
        descriptorStore.releaseAll { name in
            names.contains(name) || supervisor.appNames.contains { DescriptorName.isListen(name, of: $0) }
        }
    }
}

/// The socket on which clients connect: that of the daemon before where it was kept, so that who connects while no daemon runs
/// is served by the next.
struct ControlListener {
    /// The listening socket.
    let descriptor: Descriptor
    /// Whether it was kept.
    let isKept: Bool

    /// Its name in the store.
    static let name = "control"

    /// Takes a socket that was made anew, as nobody keeps it yet.
    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
        isKept = false
    }

    /// Takes over the socket that was kept for the path, or listens there anew; to be called with the lock held.
    init(at path: String, _ inherited: InheritedDescriptors) throws(SystemError) {
        if let kept = inherited.take(Self.name),
            SocketIdentity.isListening(kept.rawValue, at: "unix://\(path)"),
            FileStatus.exists(path)
        {
            try kept.setNonBlocking(true)
            descriptor = kept
            isKept = true
        } else {
            descriptor = try UnixSocket.listen(path, mode: 0o600)
            isKept = false
        }
    }
}
