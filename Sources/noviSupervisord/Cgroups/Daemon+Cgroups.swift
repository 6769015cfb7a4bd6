import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// Cgroups for runs, where there can be some.
extension Daemon {
    /// Finds the scope of the apps or has it made; before anything is restored.
    func prepareScope() {
        guard !options.isContainer else { return }
        do throws(AppScopeRequest.Refusal) {
            let request = try AppScopeRequest(service.variables)
            scopeRequest = request
            if let left = request.find() { tree.scope = left } else { tree.scope = try request.make() }
        } catch {
            log("apps have no cgroups of their own: \(error.reason); \(Self.withoutCgroups)")
        }
    }

    private static let withoutCgroups = "their processes are told by session, descent and NOVI_RUN"

    /// Makes the group in which a run starts; `nil` where there are none.
    func makeGroup(for run: RunID, of name: ProcessName) -> ControlGroup? {
        guard let scope = tree.scope else { return nil }
        do throws(SystemError) {
            return try scope.makeGroup(for: run, of: name)
        } catch {
            guard error.errorNumber == ENOENT, let again = remakeScope() else {
                log("\(name) starts without a cgroup of its own: \(error)", isWarning: true)
                return nil
            }
            return try? again.makeGroup(for: run, of: name)
        }
    }

    /// The scope was ended by others, as by `systemctl stop`.
    private func remakeScope() -> AppScope? {
        guard let scopeRequest else { return nil }
        do throws(AppScopeRequest.Refusal) {
            tree.scope = try scopeRequest.make()
        } catch {
            tree.scope = nil
            log("apps have no cgroups of their own: \(error.reason); \(Self.withoutCgroups)", isWarning: true)
        }
        return tree.scope
    }
}
