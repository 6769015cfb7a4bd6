/// The way to a value in a document: `apps[1].restart_delay`.
public struct JSONPath: Hashable, Sendable, CustomStringConvertible {
    /// One step.
    public enum Component: Hashable, Sendable {
        /// Into a member of an object.
        case key(String)
        /// Into an element of an array, from 0.
        case index(Int)
    }

    /// The steps from the root.
    public var components: [Component]

    /// Makes a path; without steps it is the root.
    public init(_ components: [Component] = []) {
        self.components = components
    }

    /// The path one step further.
    public func appending(_ component: Component) -> JSONPath { JSONPath(components + [component]) }

    /// The path as text, such as `apps[1].restart_delay`, empty for the root.
    ///
    /// A key that is no word stands in quotes.
    public var description: String {
        var text = ""
        for component in components {
            switch component {
            case .index(let index): text += "[\(index)]"
            case .key(let key):
                let isWord = !key.isEmpty && key.utf8.allSatisfy(Self.isWordByte)
                if isWord {
                    text += text.isEmpty ? key : ".\(key)"
                } else {
                    text += "[\"\(key)\"]"
                }
            }
        }
        return text
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
        default: false
        }
    }
}
