import CSystemd
import Glibc
import Hummingbird
import NIOCore

/// What a request carries through the layers.
struct GatewayContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    /// The connection.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Who asks, for the log.
    var peer: String { channel.remoteAddress?.ipAddress ?? "local" }

    /// Whether the process at the other end of a Unix socket is ours or root's (SO_PEERCRED, unix(7)).
    func isTrustedPeer() async throws -> Bool {
        guard let provider = channel as? any SocketOptionProvider else { return false }
        let peer: novi_peer = try await provider.unsafeGetSocketOption(
            level: .socket,
            name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        ).get()
        return peer.user == geteuid() || peer.user == 0
    }
}
