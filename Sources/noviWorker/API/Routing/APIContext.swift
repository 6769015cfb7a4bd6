import HTTPTypes
import Hummingbird
import NIOCore

/// What a request carries through the layers.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    /// The request's id; set by ``RequestFrame``.
    var requestID = ""

    /// Where the connection comes from; read only when somebody asks, for most requests nobody does.
    private let remote: SocketAddress?

    /// Who holds the connection.
    var peer: ClientAddress { remote?.ipAddress.flatMap { ClientAddress($0) } ?? .local }

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remote = source.channel.remoteAddress
    }

    /// Who asks, through proxies that we trust.
    func client(_ headers: HTTPFields, trusted: Set<String>) -> ClientAddress {
        guard !trusted.isEmpty else { return peer }
        return ClientAddress.of(peer: peer, forwarded: headers[values: .forwardedFor], trusted: trusted)
    }
}
