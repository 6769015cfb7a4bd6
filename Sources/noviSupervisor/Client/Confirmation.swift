import LinuxSystem
import SupervisorClient

/// A question before what is hard to undo; only a person at a terminal is asked.
enum Confirmation {
    /// Asks, and goes on at `yes`.
    ///
    /// - Parameters:
    ///   - consequence: What is about to happen, a sentence.
    ///   - refusal: What is said after any other answer.
    /// - Throws: ``CommandFailure`` after any other answer.
    static func ask(_ consequence: String, orSay refusal: String) throws(CommandFailure) {
        guard Terminal.isTerminal(0), Terminal.isTerminal(2) else { return }
        Output.complain("\(consequence) Type yes to go on:")
        guard readLine() == "yes" else { throw CommandFailure(refusal, .failed) }
    }
}
