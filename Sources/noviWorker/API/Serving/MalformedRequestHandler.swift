import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Shared

/// Gives the answer to what is no HTTP the shape of every other error (spec C).
///
/// The server answers such bytes itself, with 400 and nothing in it, before any route sees a request. This handler notes the
/// parser's error on its way in and fills that one answer on its way out; the server closes the connection afterwards.
final class MalformedRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var isMalformed = false
    /// Whether the head of an answer went out and its end did not.
    private var isAnswering = false

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isMalformed = isMalformed || error is HTTPParserError
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            let isServersOwn =
                isMalformed && !isAnswering && head.status == .badRequest
                && head.headerFields[.contentLength] == "0"
            isAnswering = head.status.kind != .informational
            guard isServersOwn else { break }
            return answer(context: context, promise: promise)
        case .body: break
        case .end: isAnswering = false
        }
        context.write(data, promise: promise)
    }

    private func answer(context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let requestID = RequestIdentifier.new()
        let body = JSONValue.object(APIFailure.malformed.body(requestID: requestID)).serialized()
        var head = HTTPResponse(status: .badRequest)
        head.headerFields[.connection] = "close"
        head.headerFields[.contentType] = "application/json; charset=utf-8"
        head.headerFields[.cacheControl] = "no-store"
        head.headerFields[.contentLength] = "\(body.count)"
        if let name = HTTPField.Name("X-Request-Id") { head.headerFields[name] = requestID }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(bytes: body))), promise: promise)
    }
}
