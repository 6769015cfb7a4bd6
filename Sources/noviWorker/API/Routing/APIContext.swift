import Hummingbird

/// What a request carries through the layers.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    /// Who holds the connection.
    let peer: ClientAddress

    /// The request's id; set by ``RequestFrame``.
    var requestID = ""

    /// Who asks, through trusted proxies; set by ``RequestFrame``.
    var client: ClientAddress

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        let address = source.channel.remoteAddress
        peer = address?.ipAddress.flatMap { ClientAddress($0) } ?? .local
        client = peer
    }
}
