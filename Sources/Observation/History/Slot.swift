/// What was measured within one step of a ring: how often, and of each metric mean and maximum.
///
/// Each slot says which step it is of and carries a checksum, so that a ring needs no head that could be torn: a slot of another
/// step, or one that was written by half, is no slot.
struct Slot: Hashable, Sendable {
    /// Mean and maximum of one metric.
    struct Value: Hashable, Sendable {
        var average: Double
        var maximum: Double
        /// How many measurements made it.
        var count: UInt16

        mutating func add(_ value: Double) {
            count = count &+ (count < .max ? 1 : 0)
            average += (value - average) / Double(count)
            maximum = max(maximum, value)
        }
    }

    /// The number of the step since 1970.
    let step: Int64
    private(set) var values: [HistoryMetric: Value] = [:]

    /// The bytes of a slot.
    static let bytes = 4 + HistoryMetric.allCases.count * 10 + 4

    init(step: Int64) {
        self.step = step
    }

    mutating func add(_ moment: Moment) {
        for metric in HistoryMetric.allCases {
            guard let value = moment[metric], value.isFinite else { continue }
            if values[metric]?.add(value) == nil {
                values[metric] = Value(average: value, maximum: value, count: 1)
            }
        }
    }

    // MARK: - Bytes

    /// Reads a slot; `nil` for one that was never written, or not whole.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.bytes else { return nil }
        var reader = Reader(bytes)
        step = Int64(reader.number(4))
        for metric in HistoryMetric.allCases {
            let count = UInt16(truncatingIfNeeded: reader.number(2))
            let average = Double(Float(bitPattern: UInt32(reader.number(4))))
            let maximum = Double(Float(bitPattern: UInt32(reader.number(4))))
            if count > 0 { values[metric] = Value(average: average, maximum: maximum, count: count) }
        }
        let sum = Self.checksum(bytes.dropLast(4))
        guard step > 0, UInt64(sum) == reader.number(4) else { return nil }
    }

    /// The slot as it lies in the file.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.bytes)
        func append(_ number: UInt64, _ count: Int) {
            for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(index)))) }
        }
        append(UInt64(UInt32(clamping: step)), 4)
        for metric in HistoryMetric.allCases {
            let value = values[metric]
            append(UInt64(value?.count ?? 0), 2)
            append(UInt64(Float(value?.average ?? 0).bitPattern), 4)
            append(UInt64(Float(value?.maximum ?? 0).bitPattern), 4)
        }
        append(UInt64(Self.checksum(bytes[...])), 4)
        return bytes
    }

    /// FNV-1a: enough to tell half a slot from a whole one.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }

    private struct Reader {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        mutating func number(_ count: Int) -> UInt64 {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
