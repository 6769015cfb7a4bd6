import Shared

extension Supervisor {
    /// The one line that `systemctl status` shows: `3 online · 0 errored · api ready · whatsapp ready`.
    ///
    /// How many processes are in which state, then the apps that say themselves whether they are ready.
    public var statusLine: String {
        guard !machines.isEmpty else { return "no apps" }
        var counts: [String: Int] = ["online": 0, "errored": 0]
        for machine in machines {
            counts[machine.state.word, default: 0] += 1
        }
        let words = ["online", "errored", "launching", "stopping", "waiting restart", "stopped"]
        var parts = words.compactMap { word in counts[word].map { "\($0) \(word)" } }
        let reporting = appOrder.filter { name in
            guard case .notification = apps[name]?.definition.readiness else { return false }
            return true
        }
        for name in reporting.prefix(Self.maximumNamedApps) {
            let isReady = instances(of: name).allSatisfy { index in
                if case .online = machines[index].state { true } else { false }
            }
            parts.append("\(name) \(isReady ? "ready" : "not ready")")
        }
        if reporting.count > Self.maximumNamedApps {
            parts.append("\(reporting.count - Self.maximumNamedApps) more")
        }
        return parts.joined(separator: " · ")
    }

    /// How many apps the line names.
    private static let maximumNamedApps = 8
}
