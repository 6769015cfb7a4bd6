import Synchronization

/// What closures collect.
public final class Collected<Element: Sendable>: Sendable {
    private let kept = Mutex<[Element]>([])

    /// All so far.
    public var all: [Element] { kept.withLock { $0 } }

    /// Makes an empty one.
    public init() {}

    /// Adds one.
    public func append(_ element: Element) { kept.withLock { $0.append(element) } }
}
