import Shared

/// What a connection is asked to do.
struct ServerRequest: Sendable {
    /// What a request means for the data, which decides what a lost answer means.
    enum Kind: Sendable {
        /// Anything.
        case statement
        /// Changes nothing.
        case read
        /// COMMIT.
        case commit
        /// BEGIN, ROLLBACK, session settings: changes nothing that others see.
        case control
        /// Only asks whether the connection still works.
        case probe
    }

    /// What is sent at once and answered before the next.
    enum Step: Sendable {
        /// A statement that is used once.
        case once(String, [String?])
        /// Statements without parameters.
        case script(String)
        /// The preparation of a statement under a name.
        case prepare(String, String)
        /// A prepared statement.
        case prepared(String, [String?])
    }

    /// The text, with numbered places for the parameters.
    let text: String

    /// The values; `nil` is NULL.
    let parameters: [String?]

    /// What it means for the data.
    let kind: Kind

    /// Whether it is prepared and kept so.
    let usesCache: Bool

    /// Whether the text is several statements.
    let isScript: Bool

    /// The most that the answer may take; `nil` for the settings' limit.
    let timeout: Duration?

    init(
        _ statement: SQL,
        kind: Kind = .statement,
        usesCache: Bool = true,
        isScript: Bool = false,
        timeout: Duration? = nil
    ) {
        text = statement.text
        parameters = statement.parameters
        self.kind = kind
        self.usesCache = usesCache
        self.isScript = isScript
        self.timeout = timeout
    }

    /// Whether it does something for a caller; what only keeps sessions and transactions in order does not.
    var isWork: Bool {
        switch kind {
        case .statement, .read, .commit: true
        case .control, .probe: false
        }
    }

    /// Whether a cancelled task ends it: what ends a transaction has to come to its end.
    var isCancellable: Bool {
        switch kind {
        case .statement, .read, .probe: true
        case .commit, .control: false
        }
    }
}

extension ServerRefusal {
    /// Whether a prepared plan no longer fits the tables, or the server forgot it; a new one will do.
    var isStalePlan: Bool {
        state.rawValue == "26000" || (state == .featureNotSupported && function == "RevalidateCachedQuery")
    }
}

extension ConnectionSettings {
    /// Sets the limits and the formats that values are read in.
    var sessionStatement: SQL {
        func milliseconds(_ duration: Duration) -> String { String(duration.wholeMilliseconds) }
        let roleSetting: SQL = if let role { ", set_config('role', \(role), false)" } else { "" }
        return """
            SELECT set_config('statement_timeout', \(milliseconds(statementTimeout)), false),
            set_config('lock_timeout', \(milliseconds(lockTimeout)), false),
            set_config('idle_in_transaction_session_timeout', \(milliseconds(idleInTransactionTimeout)), false),
            set_config('DateStyle', 'ISO', false), set_config('TimeZone', 'UTC', false),
            set_config('bytea_output', 'hex', false), set_config('client_min_messages', 'warning', false)\(roleSetting)
            """
    }
}
