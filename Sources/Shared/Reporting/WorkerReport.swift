/// What a child says of itself in one sd_notify datagram (sd_notify(3)); there is no second reporting protocol.
///
/// Fields that are not there are `nil` or `false`. Unknown assignments are ignored, as the protocol asks.
public struct WorkerReport: Hashable, Sendable {
    /// `READY=1`: the service is up.
    public var isReady = false
    /// `STOPPING=1`: it is on its way out.
    public var isStopping = false
    /// `RELOADING=1`: it re-reads its configuration.
    public var isReloading = false
    /// `WATCHDOG=1`: proof of life.
    public var isAlive = false
    /// `WATCHDOG=trigger`: it asks to be treated as hung.
    public var asksForWatchdogAction = false
    /// `STATUS=`: one line for people, cut at ``maximumStatusLength`` characters.
    public var status: String?
    /// `ERRNO=`: the error number of a failure.
    public var errorNumber: Int32?
    /// `MAINPID=`: the main process by the sender's word.
    public var mainPID: Int32?
    /// `EXTEND_TIMEOUT_USEC=`: more time for what is going on now.
    public var extendsTimeout: Duration?
    /// `X_NOVI_HEAP_USED=`: live heap.
    public var heapUsed: ByteCount?
    /// `X_NOVI_HEAP_TOTAL=`: heap taken from the kernel.
    public var heapTotal: ByteCount?
    /// `X_NOVI_EXTERNAL=`: resident memory outside the heap.
    public var external: ByteCount?
    /// `X_NOVI_WHATSAPP=`: the state of the link to WhatsApp that it keeps, one word of at most 24 letters.
    public var whatsAppState: String?

    /// The longest status text kept.
    public static let maximumStatusLength = 256
    /// The longest datagram read, in bytes.
    public static let maximumDatagramLength = 4096

    /// Makes an empty report.
    public init() {}

    /// Reads a datagram of assignments, one a line.
    ///
    /// Malformed values are ignored one by one.
    public init(datagram: [UInt8]) {
        for line in datagram.prefix(Self.maximumDatagramLength).split(separator: 0x0A) {
            guard let equals = line.firstIndex(of: 0x3D) else { continue }
            let name = String(decoding: line[..<equals], as: UTF8.self)
            let value = String(decoding: line[line.index(after: equals)...], as: UTF8.self)
            apply(name: name, value: value)
        }
    }

    private mutating func apply(name: String, value: String) {
        switch name {
        case "READY": isReady = value == "1"
        case "STOPPING": isStopping = value == "1"
        case "RELOADING": isReloading = value == "1"
        case "WATCHDOG":
            isAlive = value == "1"
            asksForWatchdogAction = value == "trigger"
        case "STATUS":
            let visible = value.unicodeScalars.map {
                $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0)
            }
            status = String(visible.prefix(Self.maximumStatusLength))
        case "ERRNO": errorNumber = Int32(value)
        case "MAINPID": mainPID = Int32(value).flatMap { $0 > 1 ? $0 : nil }
        case "EXTEND_TIMEOUT_USEC":
            extendsTimeout = Int64(value).flatMap { $0 >= 0 ? .microseconds(min($0, 3_600_000_000)) : nil }
        case "X_NOVI_HEAP_USED": heapUsed = Self.bytes(value)
        case "X_NOVI_HEAP_TOTAL": heapTotal = Self.bytes(value)
        case "X_NOVI_EXTERNAL": external = Self.bytes(value)
        case "X_NOVI_WHATSAPP": whatsAppState = Self.isStateWord(value) ? value : nil
        default: break
        }
    }

    /// Whether a text is a state's word: 1 to 24 lower-case letters and underscores.
    private static func isStateWord(_ text: String) -> Bool {
        (1...24).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
    }

    private static func bytes(_ text: String) -> ByteCount? {
        Int64(text).flatMap { $0 >= 0 ? ByteCount($0) : nil }
    }
}
