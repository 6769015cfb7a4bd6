/// What the service manager is about to do with the machine (systemctl(1), `is-system-running`).
public enum ServiceManagerState {
    /// Whether the machine, or the session of a user's manager, is being shut down.
    ///
    /// Asks `systemctl`, at most two seconds: to be called only when something depends on it.
    ///
    /// - Parameters:
    ///   - isUserManager: Whether a user's manager is asked instead of the system's.
    ///   - executable: The program; `nil` for where it usually is.
    /// - Returns: `nil` when nobody answers.
    public static func isStopping(isUserManager: Bool, executable: String? = nil) -> Bool? {
        let places = ["/usr/bin/systemctl", "/bin/systemctl"]
        guard let program = executable ?? places.first(where: { FileStatus.exists($0) }) else { return nil }
        let runtime = CurrentProcess.environmentValue("XDG_RUNTIME_DIR").map { ["XDG_RUNTIME_DIR=\($0)"] }
        let output = CommandOutput.of(
            program,
            (isUserManager ? ["--user"] : []) + ["is-system-running"],
            environment: isUserManager ? runtime ?? [] : []
        )
        guard let output, !output.isEmpty else { return nil }
        let word = String(decoding: output, as: UTF8.self).split(separator: "\n").first ?? ""
        // `unknown` is what systemctl prints when the manager does not answer.
        return word == "unknown" || word == "offline" ? nil : word == "stopping"
    }
}
