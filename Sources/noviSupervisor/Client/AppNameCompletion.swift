import ArgumentParser
import LinuxSystem
import Shared
import SupervisorClient

/// The names that a shell offers behind a command.
enum AppNameCompletion {
    /// The longest a key press may take.
    static let deadline: Duration = .milliseconds(100)

    /// Names of apps and processes.
    static var kind: CompletionKind {
        .custom { arguments, _, _ in names(home: home(in: arguments)) }
    }

    /// Names of apps, and files of this folder.
    static var kindWithFiles: CompletionKind {
        .custom { arguments, _, prefix in
            names(home: home(in: arguments)) + files(prefix)
        }
    }

    /// The names that the daemon knows, or those of the state file when it does not answer in time.
    static func names(home: String?) -> [String] {
        guard let layout = try? HomeResolution.layout(option: home) else { return [] }
        let limit = Int32(clamping: deadline.wholeMilliseconds)
        guard let client = try? ControlClient(layout, timeoutMilliseconds: limit),
            let listing = try? client.call("List", deadline: deadline)
        else { return LastKnownState.appNames(layout) + ["all"] }
        var names: [String] = []
        for process in listing["processes"]?.arrayValue ?? [] {
            for name in [process["name"]?.stringValue ?? "", Listing.name(process)]
            where !name.isEmpty && !names.contains(name) {
                names.append(name)
            }
        }
        return names + ["all"]
    }

    /// The value of `--home` in what was typed so far.
    static func home(in arguments: [String]) -> String? {
        for (index, argument) in arguments.enumerated() {
            if argument.hasPrefix("--home=") { return String(argument.dropFirst("--home=".count)) }
            if argument == "--home", index + 1 < arguments.count { return arguments[index + 1] }
        }
        return nil
    }

    private static func files(_ prefix: String) -> [String] {
        let slash = prefix.lastIndex(of: "/")
        let folder = slash.map { String(prefix[...$0]) } ?? ""
        let entries = (try? Directory.names(in: folder.isEmpty ? "." : folder)) ?? []
        return entries.map { folder + $0 }
    }
}
