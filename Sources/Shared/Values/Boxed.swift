/// A value behind a reference: what holds it is one pointer long, and copies share it.
///
/// For large values that are held by many and seldom changed. A change puts a new value in the place of the old one, so
/// that nobody else sees it: it stays a value.
@propertyWrapper
public struct Boxed<Value: Sendable>: Sendable {
    private final class Box: Sendable {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    private var box: Box

    /// The value.
    public var wrappedValue: Value {
        get { box.value }
        set { box = Box(newValue) }
    }

    /// Puts a value into a box.
    public init(wrappedValue: Value) {
        box = Box(wrappedValue)
    }
}

extension Boxed: Equatable where Value: Equatable {
    /// Compares the values.
    public static func == (left: Boxed, right: Boxed) -> Bool {
        left.box === right.box || left.box.value == right.box.value
    }
}

extension Boxed: Hashable where Value: Hashable {
    /// Hashes the value.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(box.value)
    }
}
