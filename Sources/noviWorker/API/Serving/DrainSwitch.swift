import Synchronization

/// Says whether a worker still takes new work; goes on once and never off.
final class DrainSwitch: Sendable {
    private struct State {
        var isOn = false
        var waiters: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// Whether the worker takes no new work any more.
    var isOn: Bool { state.withLock { $0.isOn } }

    /// Goes on; the actions registered so far run, once.
    func turnOn() {
        let waiters = state.withLock { state in
            state.isOn = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter() }
    }

    /// Runs an action when the switch goes on; at once when it is on.
    func onTurnOn(_ action: @escaping @Sendable () -> Void) {
        let isOn = state.withLock { state in
            if !state.isOn { state.waiters.append(action) }
            return state.isOn
        }
        if isOn { action() }
    }
}
