public import Shared

/// What a user types to name processes.
///
/// Regular expressions are not here: the command line resolves them against the list of names, so that no pattern of a
/// client can keep the daemon busy.
public enum ProcessSelection: Hashable, Sendable, CustomStringConvertible {
    /// Every process.
    case all
    /// By number.
    case id(Int)
    /// Every instance of an app, or every app of a namespace with that name.
    case name(String)
    /// One instance.
    case process(ProcessName)
    /// Names by `*` and `?`.
    case glob(String)
    /// Every app of a namespace.
    case namespace(String)

    /// The longest selection accepted, in bytes.
    public static let maximumLength = 256

    /// Names that the customer's documents use for the namespace `novi` (M35).
    public static let oldNames: Set<String> = ["novi-platform", "novi-commerce"]

    /// Reads a selection; returns `nil` for an empty or over-long one and for a regular expression.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Self.maximumLength, !text.hasPrefix("/") else { return nil }
        if text == "all" {
            self = .all
        } else if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) {
            self = .id(number)
        } else if text.hasSuffix(":") {
            self = .namespace(String(text.dropLast()))
        } else if text.contains("*") || text.contains("?") {
            self = .glob(text)
        } else if text.contains(":"), let name = ProcessName(text) {
            self = .process(name)
        } else {
            self = .name(text)
        }
    }

    /// The selection as typed.
    public var description: String {
        switch self {
        case .all: "all"
        case .id(let number): "\(number)"
        case .name(let name): name
        case .process(let name): "\(name.app):\(name.instance)"
        case .glob(let pattern): pattern
        case .namespace(let name): "\(name):"
        }
    }

    /// Whether a process is among the selected.
    public func matches(_ name: ProcessName, id: Int, namespace: String) -> Bool {
        switch self {
        case .all: true
        case .id(let number): number == id
        case .name(let text):
            name.app.rawValue == text || (Self.oldNames.contains(text) && namespace == "novi")
        case .process(let process): process == name
        case .glob(let pattern):
            Self.matches(pattern: Array(pattern.utf8), text: Array(name.description.utf8))
        case .namespace(let text): namespace == text || (Self.oldNames.contains(text) && namespace == "novi")
        }
    }

    /// Matches `*` and `?` in linear space and at most quadratic time.
    static func matches(pattern: [UInt8], text: [UInt8]) -> Bool {
        var p = 0
        var t = 0
        var star: Int?
        var mark = 0
        while t < text.count {
            if p < pattern.count, pattern[p] == text[t] || pattern[p] == 0x3F {
                p += 1
                t += 1
            } else if p < pattern.count, pattern[p] == 0x2A {
                star = p
                mark = t
                p += 1
            } else if let star {
                p = star + 1
                mark += 1
                t = mark
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == 0x2A {
            p += 1
        }
        return p == pattern.count
    }
}
