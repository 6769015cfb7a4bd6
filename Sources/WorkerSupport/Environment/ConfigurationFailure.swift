/// What is wrong with a worker's environment and options: every problem at once.
public struct ConfigurationFailure: Error, Equatable, CustomStringConvertible {
    /// The exit code for it (EX_CONFIG, sysexits.h).
    public static let exitCode: Int32 = 78

    /// One sentence a problem, with what to do.
    public let problems: [String]

    /// Makes a failure of its problems.
    public init(problems: [String]) {
        self.problems = problems
    }

    /// The problems, one a line.
    public var description: String { problems.joined(separator: "\n") }
}
