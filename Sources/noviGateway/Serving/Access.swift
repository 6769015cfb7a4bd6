import HTTPTypes
import WorkerSupport

/// Who may read and who may change.
struct Access: Sendable {
    /// Whether the gateway listens on a Unix socket, where the kernel vouches for who asks.
    let isUnixSocket: Bool
    /// Who reads must send it; `nil` for nobody must.
    let readToken: Secret?
    /// Who changes must send it; `nil` for nobody can.
    let operatorToken: Secret?
    /// Names in `Host` that are ours.
    let hosts: Set<String>

    init(_ configuration: GatewayConfiguration) {
        if case .unix = configuration.listen { isUnixSocket = true } else { isUnixSocket = false }
        readToken = configuration.readToken
        operatorToken = configuration.operatorToken
        hosts = configuration.hosts
    }

    /// Throws unless the name by which the gateway was called is ours.
    ///
    /// A stranger's page can make its own name point at 127.0.0.1 and would then be read as if it were ours (DNS rebinding); it
    /// cannot do that with a number or with localhost.
    func checkHost(_ authority: String?) throws(GatewayFailure) {
        guard !isUnixSocket, let authority else { return }
        let host = HostName.host(of: authority)
        guard HostName.isAddress(host) || host == "localhost" || hosts.contains(host) else {
            throw .wrongHost
        }
    }

    /// Throws unless the caller may read.
    func checkReading(_ headers: HTTPFields) throws(GatewayFailure) {
        guard let readToken, !isUnixSocket else { return }
        let given = Self.token(headers)
        guard Self.isSame(given, readToken) || Self.isSame(given, operatorToken) else { throw .needsToken }
    }

    /// Throws unless the caller may change something.
    func checkOperating(_ headers: HTTPFields) throws(GatewayFailure) {
        guard let operatorToken else { throw .readOnly }
        guard Self.isSame(Self.token(headers), operatorToken) else { throw .needsOperator }
    }

    private static func token(_ headers: HTTPFields) -> [UInt8] {
        let prefix = "bearer "
        guard let value = headers[.authorization], value.count > prefix.count,
            value.prefix(prefix.count).lowercased() == prefix
        else { return [] }
        return Array(value.dropFirst(prefix.count).utf8)
    }

    /// Takes the same time wherever they differ.
    private static func isSame(_ given: [UInt8], _ secret: Secret?) -> Bool {
        guard let secret else { return false }
        let wanted = Array(secret.text.utf8)
        guard given.count == wanted.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(given, wanted) { difference |= left ^ right }
        return difference == 0
    }
}
