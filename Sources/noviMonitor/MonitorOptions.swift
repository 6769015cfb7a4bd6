import Shared

/// What `noviSupervisor monit` hands over; it has looked at what people typed.
struct MonitorOptions: Hashable {
    var layout: HomeLayout
    /// Whether the folder was named, so that commands have to name it, too.
    var isHomeNamed = false
    var isReadOnly = false
    var hasColor = true
    /// Between two looks; `nil` for what is usual.
    var interval: Duration?
    /// Selections as the daemon takes them; nothing for all.
    var select: [String] = []

    /// At most one look a second.
    static let shortestInterval: Duration = .seconds(1)

    /// Reads the arguments behind the program's name; `nil` when they make no sense.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        var layout: HomeLayout?
        while let word = rest.first, word.hasPrefix("-") {
            rest.removeFirst()
            switch word {
            case "--": break
            case "--system": layout = .system
            case "--home":
                guard let home = rest.popFirst(), home.hasPrefix("/") else { return nil }
                layout = HomeLayout(home: home)
            case "--home-is-named": isHomeNamed = true
            case "--read-only": isReadOnly = true
            case "--no-color": hasColor = false
            case "--interval-ms":
                guard let text = rest.popFirst(), let count = Int64(text), count >= 1000 else { return nil }
                interval = .milliseconds(count)
            default: return nil
            }
            if word == "--" { break }
        }
        guard let layout else { return nil }
        self.layout = layout
        select = Array(rest)
    }

    static let usage = """
        noviMonitor: this is what noviSupervisor monit shows; start it by that
          hint: noviMonitor --system | --home FOLDER [--home-is-named] [--read-only] [--no-color]
                [--interval-ms NUMBER] [--] [NAME…]

        """
}
