import Glibc
import LinuxSystem
import Shared

/// The daemon's entry.
@main
enum NoviSupervisord {
    static func main() {
        StandardDescriptors.openMissing()
        // Executed by descriptor, as the way back of an upgrade does, a program is called by its number.
        CurrentProcess.setName("noviSupervisord")
        let arguments = Array(CommandLine.arguments.dropFirst())
        let inherited = InheritedDescriptors()
        let arrival: Arrival?
        do throws(StartFailure) {
            arrival = try Arrival.read(arguments, into: inherited)
        } catch {
            StandardDescriptors.complain("noviSupervisord: \(error.message)")
            exit(error.exitStatus)
        }
        let options: DaemonOptions
        do throws(DaemonOptions.UsageError) {
            options = try DaemonOptions(arguments: arguments)
        } catch {
            arrival?.giveUp(error.message)
            StandardDescriptors.complain("noviSupervisord: \(error.message)")
            exit(64)
        }
        if options.showsVersion {
            StandardDescriptors.say("noviSupervisord \(DaemonVersion.text)")
            return
        }
        if options.rehearses { exit(Rehearsal.run(options)) }
        do throws(StartFailure) {
            inherited.takeFromServiceManager()
            inherited.takeFromKeeper()
            let daemon = try Daemon(options, inherited, arrival)
            let status = daemon.run()
            // What is left to a next daemon, such as its runs' sockets, must not be tidied away on the way out.
            withExtendedLifetime(daemon) { exit(status) }
        } catch {
            arrival?.giveUp(error.message)
            CommitMark.clearLaunch(options.layout.launchMark)
            options.reportReadiness("failed: \(error.message)\n")
            StandardDescriptors.complain("noviSupervisord: \(error.message)")
            exit(error.exitStatus)
        }
    }
}

/// The version of this program.
enum DaemonVersion {
    /// The version as printed.
    static let text = "0.1.0"
}

/// Why the daemon did not start.
struct StartFailure: Error {
    /// What was attempted, on what, why it failed, what to do.
    var message: String
    /// The exit status.
    var exitStatus: Int32 = 1
}
