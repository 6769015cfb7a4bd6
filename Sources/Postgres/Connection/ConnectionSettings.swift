/// How connections are made and bounded.
public struct ConnectionSettings: Sendable, Equatable {
    /// Where the database is.
    public var address: DatabaseAddress

    /// What the server shows as `application_name`.
    public var applicationName: String

    /// The role that the session takes on (SET ROLE), with fewer rights than its login; `nil` for none.
    public var role: String?

    /// The most that a connection may take to be made.
    public var createTimeout: Duration

    /// The server ends a statement that runs longer.
    public var statementTimeout: Duration

    /// The server ends a statement that waits longer for a lock.
    public var lockTimeout: Duration

    /// The server ends a session that idles longer inside a transaction.
    public var idleInTransactionTimeout: Duration

    /// How long after ``statementTimeout`` a silent server is given up.
    public var answerGrace: Duration

    /// How many statements are kept prepared on each connection.
    public var preparedStatements: Int

    /// Makes settings; sensible ones where nothing is given.
    public init(
        address: DatabaseAddress,
        applicationName: String = "novi",
        role: String? = nil,
        createTimeout: Duration = .seconds(30),
        statementTimeout: Duration = .seconds(30),
        lockTimeout: Duration = .seconds(5),
        idleInTransactionTimeout: Duration = .seconds(60),
        answerGrace: Duration = .seconds(5),
        preparedStatements: Int = 100
    ) {
        self.address = address
        self.applicationName = applicationName
        self.role = role
        self.createTimeout = createTimeout
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.answerGrace = answerGrace
        self.preparedStatements = preparedStatements
    }
}
