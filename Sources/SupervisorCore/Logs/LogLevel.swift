/// How grave a log line is, whatever words its program uses.
public enum LogLevel: Int, Comparable, Hashable, Sendable, CaseIterable {
    /// Step by step, for the one who looks for a fault.
    case trace
    /// For developers.
    case debug
    /// The ordinary course of things.
    case info
    /// Ordinary, but worth noting.
    case notice
    /// Something is not as it should be; the work went on.
    case warning
    /// Some work failed.
    case error
    /// The program cannot go on, or soon will not.
    case critical

    /// Orders by gravity.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }

    /// The word for people and machines, such as `warning`.
    public var name: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }

    /// The priority of syslog(3) and of the journal: 7 (debug) down to 2 (critical).
    public var syslogPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// The level of a priority of syslog(3); `nil` outside 0 to 7.
    public init?(syslogPriority: Int) {
        switch syslogPriority {
        case 0...2: self = .critical
        case 3: self = .error
        case 4: self = .warning
        case 5: self = .notice
        case 6: self = .info
        case 7: self = .debug
        default: return nil
        }
    }

    /// Reads a word that any of the usual loggers writes, in any case, such as `warn` or `ERR`.
    public init?(name: some StringProtocol) {
        guard let word = LevelWord(name.utf8), let level = LevelWord.levels[word] else { return nil }
        self = level
    }

    /// Reads a number as pino and bunyan write it: 10 (trace) to 60 (fatal), custom ones in between.
    static func pino(_ number: Int) -> LogLevel? {
        switch number {
        case 8..<20: .trace
        case 20..<30: .debug
        case 30..<40: .info
        case 40..<50: .warning
        case 50..<60: .error
        case 60...100: .critical
        default: nil
        }
    }

    /// Reads a severity number of OpenTelemetry: 1 to 24, four to a level.
    static func openTelemetry(_ number: Int) -> LogLevel? {
        switch number {
        case 1...4: .trace
        case 5...8: .debug
        case 9...12: .info
        case 13...16: .warning
        case 17...20: .error
        case 21...24: .critical
        default: nil
        }
    }
}

/// A short word in lower case as one number, so that comparing costs nothing.
struct LevelWord: Hashable {
    /// The letters, the first one highest.
    let letters: UInt128

    /// The longest word that fits.
    static let maximumBytes = 16

    /// Packs letters; `nil` for anything but 1 to 16 of them.
    init?(_ bytes: some Sequence<UInt8>) {
        var letters: UInt128 = 0
        var count = 0
        for byte in bytes {
            guard let letter = ASCII.lowercased(byte), count < Self.maximumBytes else { return nil }
            letters = letters << 8 | UInt128(letter)
            count += 1
        }
        guard count > 0 else { return nil }
        self.letters = letters
    }

    /// Packs a part of a line.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty, range.count <= Self.maximumBytes else { return nil }
        var letters: UInt128 = 0
        for index in range {
            guard let letter = ASCII.lowercased(bytes[index]) else { return nil }
            letters = letters << 8 | UInt128(letter)
        }
        self.letters = letters
    }

    /// What loggers call their levels.
    static let levels = WordTable(allLevels)

    private static let allLevels: [LevelWord: LogLevel] = {
        let words: [(String, LogLevel)] = [
            ("trace silly finest finer all", .trace),
            ("debug dbg debu fine verbose verb vrb detail", .debug),
            ("info inf information informational http log config input data", .info),
            ("notice note ntc", .notice),
            ("warning warn wrn wrng", .warning),
            ("error err eror erro severe failure", .error),
            ("critical crit crt fatal ftl alert emerg emergency panic dpanic fault", .critical),
        ]
        var levels: [LevelWord: LogLevel] = [:]
        for (names, level) in words {
            for name in names.split(separator: " ") {
                if let word = LevelWord(name.utf8) { levels[word] = level }
            }
        }
        return levels
    }()

    /// The words that stand for a level at the start of a line of any program; the others are ordinary words.
    static let plainLevels: WordTable<LogLevel> = {
        let ordinary = "all fine finer finest detail log config input data failure note fault information"
        var levels = allLevels
        for name in ordinary.split(separator: " ") {
            if let word = LevelWord(name.utf8) { levels[word] = nil }
        }
        return WordTable(levels)
    }()
}

/// Few words with what they mean, sorted: faster than hashing, for something asked of every line.
struct WordTable<Meaning: Sendable>: Sendable {
    private let words: [UInt128]
    private let meanings: [Meaning]

    init(_ entries: [LevelWord: Meaning]) {
        let sorted = entries.sorted { $0.key.letters < $1.key.letters }
        words = sorted.map(\.key.letters)
        meanings = sorted.map(\.value)
    }

    subscript(word: LevelWord) -> Meaning? {
        var low = 0
        var high = words.count
        while low < high {
            let middle = (low + high) / 2
            if words[middle] < word.letters { low = middle + 1 } else { high = middle }
        }
        return low < words.count && words[low] == word.letters ? meanings[low] : nil
    }
}

/// The letters and digits of ASCII.
enum ASCII {
    /// A letter in lower case; `nil` for anything else.
    static func lowercased(_ byte: UInt8) -> UInt8? {
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x7A ? lower : nil
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    static func isUppercase(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
