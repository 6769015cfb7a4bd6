import WorkerSupport

/// How strict the API is; every value has a default that production can live with.
struct APISettings: Sendable {
    /// Key of the one-time links (`SESSION_SECRET`).
    let secret: [UInt8]

    /// Where the API is reached from outside (`NOVI_PUBLIC_URL`), without a path; `nil` when nobody said so.
    let publicOrigin: String?

    /// Proxies whose `X-Forwarded-For` counts (`NOVI_TRUSTED_PROXIES`): addresses, or `unix` for a Unix socket.
    let trustedProxies: Set<String>

    /// Requests of one address in 15 minutes (`NOVI_API_LIMIT`; row A58: 100).
    let requestLimit: Int

    /// How many times as many a signed-in person has (`NOVI_SESSION_LIMIT_FACTOR`).
    let sessionFactor: Int

    /// Logins of one address in 15 minutes, and failures of one account (`NOVI_LOGIN_LIMIT`; row A58: 5).
    let loginLimit: Int

    /// What a guess of a password costs (`NOVI_PASSWORD_COST`): the binary logarithm of scrypt's N.
    let passwordCost: PasswordHash.Cost

    /// After how much silence a session ends (`NOVI_SESSION_IDLE_MINUTES`).
    let sessionIdle: Duration

    /// Requests that take longer are told in the log (`NOVI_SLOW_REQUEST_MS`; rows A16, A2).
    let slowRequest: Duration

    /// Who shows it may read `/metrics` from elsewhere (`NOVI_METRICS_TOKEN`).
    let metricsToken: [UInt8]?

    /// The program that brings reset tokens to people (`NOVI_RESET_COMMAND`).
    let resetCommand: String?

    /// The first user's e-mail address (`NOVI_ADMIN_EMAIL`).
    let firstUserEmail: String

    /// A Redis for the cache (`REDIS_URL`); `nil` for the cache in this process.
    let redis: RedisAddress?

    /// What is switched on.
    let flags: FeatureFlags

    private static let secretBytes = 32

    /// Reads the variables; what is wrong is noted in `reader`.
    init(_ reader: inout VariableReader, deployment: DeploymentEnvironment) {
        let secret = reader.text("SESSION_SECRET").map { Array($0.utf8) }
        if let secret, secret.count >= Self.secretBytes {
            self.secret = secret
        } else {
            // Outside production a new one at each start will do: one-time links do not outlive it.
            self.secret = .random(count: Self.secretBytes)
            if let secret {
                reader.report(
                    "SESSION_SECRET has \(secret.count) bytes, but must have at least \(Self.secretBytes);"
                        + " make one with: openssl rand -base64 48"
                )
            } else if deployment == .production {
                reader.report(
                    "SESSION_SECRET is missing; in production the API does not start without one of at least"
                        + " \(Self.secretBytes) bytes; make one with: openssl rand -base64 48"
                )
            }
        }
        publicOrigin = Self.origin(&reader)
        trustedProxies = Self.proxies(&reader)
        requestLimit = Int(reader.number("NOVI_API_LIMIT", in: 1...10_000_000) ?? 100)
        sessionFactor = Int(reader.number("NOVI_SESSION_LIMIT_FACTOR", in: 1...10_000) ?? 10)
        loginLimit = Int(reader.number("NOVI_LOGIN_LIMIT", in: 1...10_000) ?? 5)
        passwordCost = Self.cost(&reader, deployment)
        sessionIdle = .seconds(60 * (reader.number("NOVI_SESSION_IDLE_MINUTES", in: 1...1440) ?? 120))
        slowRequest = .milliseconds(reader.number("NOVI_SLOW_REQUEST_MS", in: 1...600_000) ?? 2000)
        metricsToken = Self.token(&reader)
        resetCommand = reader.path("NOVI_RESET_COMMAND")
        firstUserEmail = reader.text("NOVI_ADMIN_EMAIL") ?? "admin@novi.example"
        redis = reader.text("REDIS_URL").flatMap { RedisAddress($0) }
        if redis == nil, reader.text("REDIS_URL") != nil {
            // Not the text itself: a password may stand in it.
            reader.report("REDIS_URL must look like redis://:password@127.0.0.1:6379/0")
        }
        flags = FeatureFlags(reader)
    }

    private static func cost(
        _ reader: inout VariableReader,
        _ deployment: DeploymentEnvironment
    ) -> PasswordHash.Cost {
        var cost = PasswordHash.Cost.standard
        guard let logarithm = reader.number("NOVI_PASSWORD_COST", in: 4...17) else { return cost }
        if deployment == .production, logarithm < cost.logarithm {
            reader.report("NOVI_PASSWORD_COST is \(logarithm), but in production at least \(cost.logarithm)")
        }
        cost.logarithm = Int(logarithm)
        return cost
    }

    private static func origin(_ reader: inout VariableReader) -> String? {
        guard let text = reader.text("NOVI_PUBLIC_URL") else { return nil }
        let scheme = ["https://", "http://"].first { text.hasPrefix($0) }
        let host = scheme.map { text.dropFirst($0.count) }
        let rest = host.map { $0.hasSuffix("/") ? $0.dropLast() : $0 }
        let isHostByte: (UInt8) -> Bool = { byte in
            switch byte {
            case 0x30...0x3A, 0x41...0x5B, 0x5D, 0x61...0x7A, 0x2D, 0x2E: true
            default: false
            }
        }
        guard let scheme, let rest, !rest.isEmpty, rest.utf8.allSatisfy(isHostByte) else {
            reader.report(
                "NOVI_PUBLIC_URL is \"\(text)\", but must look like https://orders.example, without a path"
            )
            return nil
        }
        return scheme + rest.lowercased()
    }

    private static func proxies(_ reader: inout VariableReader) -> Set<String> {
        var proxies: Set<String> = []
        for part in (reader.text("NOVI_TRUSTED_PROXIES") ?? "").split(whereSeparator: {
            $0 == "," || $0 == " "
        }) {
            if part == "unix" {
                proxies.insert("unix")
            } else if let address = ClientAddress(String(part)) {
                proxies.insert(address.text)
            } else {
                reader.report(
                    "NOVI_TRUSTED_PROXIES names \"\(part)\", which is neither an IP address nor unix"
                )
            }
        }
        return proxies
    }

    private static func token(_ reader: inout VariableReader) -> [UInt8]? {
        guard let text = reader.text("NOVI_METRICS_TOKEN") else { return nil }
        if text.utf8.count < 16 { reader.report("NOVI_METRICS_TOKEN must have at least 16 bytes") }
        return Array(text.utf8)
    }
}
