import SupervisorClient
import SupervisorCore

/// The names before the lines of logs, one colour for each process.
struct LogPrefixes {
    private let style: Style
    private var width = 0
    private var order: [String] = []

    private static let colors: [Style.Color] = [.cyan, .green, .magenta, .yellow, .blue]

    /// Makes names that are padded to the longest of these files.
    init(_ files: [LogFile], _ style: Style) {
        self.style = style
        width = files.map(\.writer.count).max() ?? 0
    }

    /// The name before the lines of a file: red and with `!` for standard error.
    mutating func prefix(of file: LogFile) -> String {
        let name = file.writer
        width = max(width, name.count)
        if order.last != name { order.append(name) }
        let isError = file.origin.stream == .error
        let color = isError ? Style.Color.red : Self.colors[(order.count - 1) % Self.colors.count]
        let padding = String(repeating: " ", count: width - name.count)
        return style.paint("\(name)\(padding) \(isError ? "!" : "|") ", color)
    }
}
