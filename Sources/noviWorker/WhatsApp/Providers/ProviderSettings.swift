import WorkerSupport

/// What the chosen provider is told from outside.
enum ProviderSettings: Sendable {
    /// Nothing: its script is read elsewhere.
    case simulator
    /// Our number at Meta.
    case cloud(CloudSettings)
    /// The child.
    case child(ChildSettings)

    /// Reads the variables of one provider; what is wrong is noted in `reader`, and then the result is `nil`.
    init?(_ reader: inout VariableReader, _ kind: ProviderKind, dataDirectory: String?) {
        switch kind {
        case .simulator: self = .simulator
        case .cloud:
            guard let settings = CloudSettings(&reader) else { return nil }
            self = .cloud(settings)
        case .child:
            guard let settings = ChildSettings(&reader, dataDirectory: dataDirectory) else { return nil }
            self = .child(settings)
        }
    }
}
