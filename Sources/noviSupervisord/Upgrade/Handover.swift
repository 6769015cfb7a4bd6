import LinuxSystem
import Shared

/// What one image of the daemon tells the next at an upgrade in place: a text in a sealed memory file.
///
///     novi-handover 1
///     from VERSION                     of the image that hands over
///     attempt N                        counts the upgrades of this process
///     program PATH                     what that image is called
///     argument TEXT                    its arguments, one a line, in order
///     limit SOFT HARD                  on open files, as the first image found it
///     umask N
///     apps N                           that should be known
///     NUMBER NAME                      a kept descriptor (``InheritedDescriptors``)
///
/// States of apps are not in it: they are in the desired state and the run journal, where a daemon after a crash finds them
/// too. A reader ignores words that it does not know, so that versions can add some.
struct Handover: Equatable {
    /// The version of the image that hands over.
    var from: String
    /// Counts the upgrades of this process.
    var attempt: Int
    /// What that image is called.
    var program: String
    /// The arguments of that image, without its name.
    var arguments: [String]
    /// The limit on open files that children get.
    var fileLimit: (soft: UInt64, hard: UInt64)
    /// The umask that children get.
    var umask: UInt32
    /// How many apps should be known.
    var apps: Int
    /// The kept descriptors.
    var descriptors: [(name: String, number: Int32)]

    static func == (left: Handover, right: Handover) -> Bool { left.encoded() == right.encoded() }

    /// The version of the format.
    static let version = 1
    /// The longest text that is read.
    static let maximumBytes = 64 << 20

    /// The names of kept descriptors that belong to no run.
    enum Name {
        static let lock = "daemon.lock"
        static let control = ControlListener.name
        static let keeper = "keeper.pipe"
        static let keeperStore = "keeper.store"
        static let program = "program"
        /// All of them.
        static let ofDaemon: Set<String> = [lock, control, keeper, keeperStore, program]
    }

    /// The text.
    func encoded() -> [UInt8] {
        let header = """
            novi-handover \(Self.version)
            from \(from)
            attempt \(attempt)
            program \(program)
            \(arguments.map { "argument \($0)\n" }.joined())limit \(fileLimit.soft) \(fileLimit.hard)
            umask \(umask)
            apps \(apps)

            """
        return Array(header.utf8) + InheritedDescriptors.table(descriptors)
    }

    /// Why a text is no good.
    struct FormatError: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads what ``encoded()`` wrote.
    init(decoding bytes: [UInt8]) throws(FormatError) {
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")[...]
        let title = lines.popFirst()?.split(separator: " ") ?? []
        guard title.count == 2, title[0] == "novi-handover", let version = Int(title[1]) else {
            throw FormatError(description: "the hand-over has no header")
        }
        guard version == Self.version else {
            throw FormatError(
                description: "the hand-over is of version \(version), this program reads \(Self.version)"
            )
        }
        var values: [Substring: [Substring]] = [:]
        descriptors = []
        arguments = []
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { continue }
            if let number = Int32(words[0]) {
                descriptors.append((String(words[1]), number))
            } else if words[0] == "argument" {
                arguments.append(String(words[1]))
            } else {
                values[words[0]] = words[1].split(separator: " ")
            }
        }
        func text(_ word: Substring) throws(FormatError) -> String {
            guard let words = values[word] else {
                throw FormatError(description: "the hand-over does not tell \"\(word)\"")
            }
            return words.joined(separator: " ")
        }
        func number<Value: FixedWidthInteger>(
            _ word: Substring,
            _ place: Int = 0
        ) throws(FormatError) -> Value {
            guard let words = values[word], words.indices.contains(place), let number = Value(words[place])
            else {
                throw FormatError(description: "the hand-over does not tell \"\(word)\"")
            }
            return number
        }
        from = try text("from")
        program = try text("program")
        attempt = try number("attempt")
        fileLimit = (try number("limit"), try number("limit", 1))
        umask = try number("umask")
        apps = try number("apps")
    }

    /// Makes a hand-over.
    init(
        from: String,
        attempt: Int,
        program: String,
        arguments: [String],
        fileLimit: (soft: UInt64, hard: UInt64),
        umask: UInt32,
        apps: Int,
        descriptors: [(name: String, number: Int32)]
    ) {
        self.from = from
        self.attempt = attempt
        self.program = program
        self.arguments = arguments
        self.fileLimit = fileLimit
        self.umask = umask
        self.apps = apps
        self.descriptors = descriptors
    }

    /// The arguments with which the former image goes on, but for the reason, which comes last.
    ///
    /// - Parameter number: The descriptor of this hand-over.
    /// - Returns: All arguments, the name first.
    func wayBack(_ number: Int32) -> [String] {
        [program] + arguments + ["--handover-fd", "\(number)", "--upgrade-failed"]
    }

    /// The runs whose main processes are handed over.
    var runs: [RunID] {
        descriptors.compactMap { entry in
            DescriptorName.isPidfd(entry.name) ? RunID(entry.name.dropLast(6)) : nil
        }
    }
}
