public import LinuxSystem
public import SupervisorCore

/// How far a primary log has been read, through all its rotations.
public struct SourcePosition: Hashable, Sendable {
    /// The lowest sequence number that the file has or can still get when it is rotated.
    public var sequence: Int
    /// The file; `nil` when none has been read yet: then the first one from ``sequence`` on.
    public var identity: FileStatus.Identity?
    /// The first byte that was not used yet.
    public var offset: Int64
    /// A checksum of what lies before the offset: numbers of files are used again, contents are not.
    public var checksum: UInt32
    /// Whether the byte at the offset continues a line of which a part was used.
    public var isInsideLine: Bool
    /// The level of the last line, which the steps of a stack trace share.
    public var level: LogLevel?

    /// How many bytes before the offset the checksum covers, at most.
    static let checkedBytes = 64

    /// Makes a position.
    public init(
        sequence: Int,
        identity: FileStatus.Identity? = nil,
        offset: Int64 = 0,
        checksum: UInt32 = 0,
        isInsideLine: Bool = false,
        level: LogLevel? = nil
    ) {
        self.sequence = sequence
        self.identity = identity
        self.offset = offset
        self.checksum = checksum
        self.isInsideLine = isInsideLine
        self.level = level
    }
}

/// The CRC-32 of IEEE 802.3.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
        }
    }

    /// The checksum of bytes.
    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { value, byte in table[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8) }
    }
}
