/// One value that a rule judges.
public struct AlertSignal: Hashable, Sendable {
    /// What it is about.
    public var type: AlertType
    /// Whose it is: an app, or empty for the host.
    public var subject: String
    /// The value, in the unit of the type.
    public var value: Double
    /// How many measurements it is made of.
    public var samples: Int
    /// What there is to say, for people; no secret.
    public var text: String

    /// Makes a signal.
    public init(_ type: AlertType, subject: String = "", value: Double, samples: Int = .max, text: String) {
        self.type = type
        self.subject = subject
        self.value = value
        self.samples = samples
        self.text = text
    }
}

/// Something that somebody must know, from its beginning to its end.
public struct Alert: Hashable, Sendable {
    /// Its own number.
    public var id: Int
    /// What it is about.
    public var type: AlertType
    /// Whose it is: an app, or empty for the host.
    public var subject: String
    /// How bad.
    public var severity: Severity
    /// What was said when it was raised.
    public var message: String
    /// When it was raised, in seconds since 1970.
    public var raisedAt: Int64
    /// When it was told last.
    public var toldAt: Int64
    /// Who took it on, and when; nobody is reminded then.
    public var acknowledged: Acknowledgement?
    /// The alert that it is a consequence of; it is not told by itself then.
    public var cause: Int?

    /// Makes an alert.
    public init(
        id: Int,
        type: AlertType,
        subject: String,
        severity: Severity,
        message: String,
        raisedAt: Int64,
        toldAt: Int64,
        cause: Int? = nil
    ) {
        self.id = id
        self.type = type
        self.subject = subject
        self.severity = severity
        self.message = message
        self.raisedAt = raisedAt
        self.toldAt = toldAt
        self.cause = cause
    }

    /// Somebody takes an alert on.
    public struct Acknowledgement: Hashable, Sendable {
        /// Who.
        public var name: String
        /// When, in seconds since 1970.
        public var at: Int64

        /// Makes an acknowledgement.
        public init(name: String, at: Int64) {
            self.name = name
            self.at = at
        }
    }

    /// The key that is one at a time.
    var key: AlertKey { AlertKey(type: type, subject: subject) }
}

/// Of what there is one alert at a time.
struct AlertKey: Hashable, Sendable {
    let type: AlertType
    let subject: String
}

/// What is to be told.
public struct AlertChange: Hashable, Sendable {
    /// What happened to the alert.
    public enum Kind: String, Sendable {
        /// It began.
        case raised
        /// It is still there, an hour later.
        case reminder
        /// It is over.
        case resolved
    }

    /// What happened.
    public var kind: Kind
    /// The alert.
    public var alert: Alert
    /// How long it lasted so far, in seconds.
    public var length: Int64
    /// How many others are its consequences.
    public var consequences: Int
    /// Whether nobody is told, because of a silence or of a cause that was told.
    public var isSilent: Bool

    /// Makes a change.
    public init(kind: Kind, alert: Alert, length: Int64, consequences: Int, isSilent: Bool) {
        self.kind = kind
        self.alert = alert
        self.length = length
        self.consequences = consequences
        self.isSilent = isSilent
    }
}

/// A time in which nobody is told.
public struct Silence: Hashable, Sendable {
    /// Its own number.
    public var id: Int
    /// Of what; `nil` for everything.
    public var type: AlertType?
    /// Whose; `nil` for all.
    public var subject: String?
    /// Until when, in seconds since 1970.
    public var until: Int64
    /// Why, for others.
    public var reason: String

    func covers(_ key: AlertKey, at now: Int64) -> Bool {
        now < until && (type == nil || type == key.type) && (subject == nil || subject == key.subject)
    }
}
