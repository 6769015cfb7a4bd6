public import Shared

/// Which of a process's two outputs.
public enum OutputStream: String, Hashable, Sendable, CaseIterable {
    /// Standard output.
    case out
    /// Standard error.
    case error

    /// The word in PM2's records: `out` or `err`.
    public var shortWord: String { self == .out ? "out" : "err" }
}

/// Whose lines a primary log holds.
public struct LineOrigin: Hashable, Sendable {
    /// The process.
    public var process: ProcessName
    /// The number of the process.
    public var processID: Int
    /// Which of its outputs.
    public var stream: OutputStream
    /// The run that writes now; `nil` when none does.
    public var run: RunID?

    /// Makes an origin.
    public init(process: ProcessName, processID: Int, stream: OutputStream, run: RunID? = nil) {
        self.process = process
        self.processID = processID
        self.stream = stream
        self.run = run
    }
}

/// What a line of a derived file looks like.
public enum DerivedFormat: Hashable, Sendable {
    /// The line as it is.
    case plain
    /// `STAMP: line`, as PM2 with `time` or `log_date_format`; the text is the pattern of the stamp.
    case timestamped(String)
    /// `APP | line`, for files that several apps share; the text is the pattern of a stamp that goes first.
    case prefixed(stamp: String?)
    /// One record of PM2's `log_type: "json"` a line; the text is the pattern of its time, `nil` for RFC 3339 in UTC.
    case json(stamp: String?)

    /// The format of the files of an app's own streams.
    ///
    /// - Parameters:
    ///   - isJSON: Whether lines are records.
    ///   - stamp: The pattern of the time of a line, where there is one.
    /// - Returns: The format.
    public static func ofStreams(isJSON: Bool, stamp: String?) -> DerivedFormat {
        isJSON ? .json(stamp: stamp) : stamp.map { .timestamped($0) } ?? .plain
    }

    /// The pattern of PM2's `time: true`.
    public static let timePattern = "YYYY-MM-DDTHH:mm:ss"

    /// The pattern of the stamps, where there are any.
    public var stampPattern: String? {
        switch self {
        case .plain: nil
        case .timestamped(let pattern): pattern
        case .prefixed(let pattern), .json(let pattern): pattern
        }
    }

    /// Whether each line carries a time.
    public var needsStamp: Bool {
        switch self {
        case .plain: false
        case .timestamped, .json: true
        case .prefixed(let pattern): pattern != nil
        }
    }
}

/// Writes the lines of one source in a format.
///
/// A part of a line that is too long ends with ` …`, the next begins with `… `: nothing looks whole that is not.
public struct DerivedLineWriter: Sendable {
    private let format: DerivedFormat
    /// What goes before each line, or each message in JSON.
    private let prefix: [UInt8]
    /// What goes behind the stamp in JSON.
    private let ending: [UInt8]

    private static let continues = Array("… ".utf8)
    private static let isContinued = Array(" …".utf8)

    /// Makes a writer.
    ///
    /// - Parameters:
    ///   - format: What lines look like.
    ///   - origin: Whose lines they are.
    ///   - knowsProcess: Whether it is known which instance wrote them; otherwise records say none.
    public init(_ format: DerivedFormat, of origin: LineOrigin, knowsProcess: Bool = true) {
        self.format = format
        switch format {
        case .plain, .timestamped:
            prefix = []
            ending = []
        case .prefixed:
            prefix = Array("\(origin.process) | ".utf8)
            ending = []
        case .json:
            prefix = Array(#"{"message":"#.utf8)
            let name = JSONValue.string(origin.process.app.rawValue).serialized()
            let number = knowsProcess ? "\(origin.processID)" : "null"
            ending =
                Array(
                    #","type":"\#(origin.stream.shortWord)","process_id":\#(number),"app_name":"#
                        .utf8
                )
                + name
        }
    }

    /// Appends one line.
    ///
    /// - Parameters:
    ///   - line: What the assembler gave.
    ///   - buffer: The assembler's buffer.
    ///   - stamp: The text of the line's time; not used by formats without.
    ///   - level: The line's level, for records that tell it.
    ///   - output: Receives the line with its end.
    public func append(
        _ line: LineAssembler.Line,
        from buffer: [UInt8],
        stamp: [UInt8],
        level: LogLevel? = nil,
        to output: inout [UInt8]
    ) {
        if case .json = format {
            appendRecord(line, from: buffer, stamp, level, to: &output)
            return
        }
        if format.needsStamp {
            output += stamp
            if case .timestamped = format { output.append(UInt8(ascii: ":")) }
            output.append(0x20)
        }
        output += prefix
        if line.continues { output += Self.continues }
        output += buffer[line.range]
        if line.isContinued { output += Self.isContinued }
        output.append(0x0A)
    }

    private func appendRecord(
        _ line: LineAssembler.Line,
        from buffer: [UInt8],
        _ stamp: [UInt8],
        _ level: LogLevel?,
        to output: inout [UInt8]
    ) {
        output += prefix
        Self.appendJSON(buffer[line.range], to: &output)
        output += #","timestamp":"#.utf8
        Self.appendJSON(stamp[...], to: &output)
        output += ending
        if let level { output += #","level":"\#(level.name)""#.utf8 }
        if line.continues || line.isContinued {
            output +=
                #","partial":"\#(line.isContinued ? (line.continues ? "middle" : "first") : "last")""#.utf8
        }
        output += [UInt8(ascii: "}"), 0x0A]
    }

    /// A JSON text of bytes; what is no UTF-8 becomes U+FFFD.
    private static func appendJSON(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        if ByteSearch.isPlainText(bytes.span) {
            output += bytes
        } else {
            appendEscaped(bytes, to: &output)
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte >= 0x20, byte < 0x7F, byte != 0x22, byte != 0x5C {
                index += 1
                continue
            }
            output += bytes[start..<index]
            if byte < 0x80 {
                appendEscape(of: byte, to: &output)
                index += 1
            } else {
                // A sequence ends at the next ASCII byte at the latest: this repairs as the whole line would be.
                let end = bytes[index...].firstIndex { $0 < 0x80 } ?? bytes.endIndex
                output += String(decoding: bytes[index..<end], as: UTF8.self).utf8
                index = end
            }
            start = index
        }
        output += bytes[start...]
    }

    private static func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
        output.append(0x5C)
        switch byte {
        case 0x22, 0x5C: output.append(byte)
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        default:
            output += "u00".utf8
            for digit in [byte >> 4, byte & 15] { output.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
    }
}
