import Shared

/// The exit status of container mode (M32).
enum ContainerStatus {
    /// The app's own status if there is one app, 0 if all ended with 0, otherwise that of the first failure.
    static func exitStatus(of exits: [ProcessExit]) -> Int32 {
        let failure = exits.first { !$0.isSuccess } ?? exits.first
        return switch failure {
        case .exited(let code): code & 0xFF
        case .signaled(let signal, _): 128 + signal.rawValue
        case .unknown: 1
        case nil: 0
        }
    }
}
