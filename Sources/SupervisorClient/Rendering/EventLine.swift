public import Shared

/// One event as a line.
public struct EventLine {
    private let event: JSONValue

    /// Makes a line of an `Event` object.
    public init(_ event: JSONValue) {
        self.event = event
    }

    /// The line without its end.
    public func text(withProcess: Bool) -> String {
        let time = event["time"]?.stringValue ?? "?"
        let process = event["process"]?.stringValue.map { "\($0): " } ?? ""
        return "\(time)  \(withProcess ? process : "")\(event["message"]?.stringValue ?? "?")"
    }
}
