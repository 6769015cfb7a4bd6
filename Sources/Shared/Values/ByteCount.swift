/// An amount of memory or storage in bytes.
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of bytes.
    public let bytes: Int64

    /// Makes an amount of bytes.
    public init(_ bytes: Int64) {
        self.bytes = bytes
    }

    /// Makes an amount of mebibytes.
    public static func mebibytes(_ count: Int64) -> ByteCount { ByteCount(count << 20) }

    /// One digit behind the point and the unit: `812 B`, `4.5 KiB`, `812.3 MiB`, `1.2 GiB`.
    public var description: String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var tenths = bytes
        var scale: Int64 = 1024
        var unit = "KiB"
        if bytes >= 1 << 30 {
            scale = 1 << 30
            unit = "GiB"
        } else if bytes >= 1 << 20 {
            scale = 1 << 20
            unit = "MiB"
        }
        let whole = bytes / scale
        tenths = (bytes % scale) * 10 / scale
        return "\(whole).\(tenths) \(unit)"
    }

    /// Orders by size.
    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}
