import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Shared

/// Live messages: everything at once, then what changes (server-sent events).
struct StreamRoutes: Sendable {
    let collector: Collector
    let hub: StreamHub
    let access: Access

    /// Adds the routes.
    func add(to router: Router<GatewayContext>) {
        router.get("/api/stream") { request, context in
            try access.checkReading(request.headers)
            let channel = context.channel
            guard let messages = hub.open(onSlow: { channel.close(promise: nil) }) else {
                throw GatewayFailure.tooManyStreams
            }
            let first = StreamHub.message("state", await collector.state.json)
            await collector.wake()
            return Response(
                status: .ok,
                headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody { writer in
                    try await writer.write(first)
                    // The gateway ends, or nobody is there any more: the page comes back by itself.
                    for await message in messages.cancelOnGracefulShutdown() {
                        try await writer.write(message)
                    }
                    try await writer.finish(nil)
                }
            )
        }
    }
}
