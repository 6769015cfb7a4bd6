import LinuxSystem
import Shared

/// How the apps of container mode ended (M32): they decide about the exit status, also when it is a later daemon that ends.
struct ContainerExits {
    /// In the order in which they ended.
    private(set) var all: [ProcessExit] = []
    private var file: AppendOnlyFile?

    /// Exits that are told to nobody else.
    init() {}

    /// Exits that the next daemon of the same keeper knows as well.
    ///
    /// - Parameters:
    ///   - path: Where they are written, a line each.
    ///   - continuing: Whether what an earlier daemon wrote counts.
    init(path: String, continuing: Bool) {
        if !continuing { try? FileContents.remove(path) }
        let text = String(decoding: (try? FileContents.read(path, limit: 1 << 20)) ?? [], as: UTF8.self)
        all = text.split(separator: "\n").compactMap { Self.exit($0) }
        file = try? AppendOnlyFile(path)
    }

    /// Notes an end.
    mutating func append(_ exit: ProcessExit) {
        all.append(exit)
        try? file?.append(Array("\(Self.line(exit))\n".utf8))
    }

    private static func line(_ exit: ProcessExit) -> String {
        switch exit {
        case .exited(let code): "exited \(code)"
        case .signaled(let signal, let core): "signaled \(signal.rawValue)\(core ? " core" : "")"
        case .unknown: "unknown"
        }
    }

    private static func exit(_ line: Substring) -> ProcessExit? {
        let words = line.split(separator: " ")
        let number = words.count > 1 ? Int32(words[1]) : nil
        switch (words.first, number) {
        case ("exited", .some(let code)): return .exited(code: code)
        case ("signaled", .some(let number)):
            return UnixSignal(rawValue: number).map { .signaled($0, coreDumped: words.count > 2) }
        case ("unknown", nil): return .unknown
        default: return nil
        }
    }
}
