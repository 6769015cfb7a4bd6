/// How a transaction sees others (manual, section 13.2).
public enum TransactionIsolation: String, Sendable {
    /// Each statement sees what was committed before it.
    case readCommitted = "READ COMMITTED"
    /// All statements see the same.
    case repeatableRead = "REPEATABLE READ"
    /// As if transactions ran one after the other; ask for attempts, because the server refuses what would not.
    case serializable = "SERIALIZABLE"
}

/// Whether a transaction may write.
public enum TransactionAccess: String, Sendable {
    /// It may.
    case readWrite = "READ WRITE"
    /// The server refuses every change.
    case readOnly = "READ ONLY"
}
