import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes connections whose requests take too long to arrive, so that slow clients cannot hold them all.
///
/// The idle time-out alone does not do: a client that sends a byte now and then is never idle. The head of a request must be there
/// within one time, counted from the opening of the connection or the end of the last answer; its body within another.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let head: TimeAmount
    private let body: TimeAmount
    private var deadline: NIODeadline?
    private var timer: Scheduled<Void>?
    private var timerTime = NIODeadline.distantFuture
    private var isReceiving = false

    /// Makes a handler with its two times.
    init(head: TimeAmount, body: TimeAmount) {
        self.head = head
        self.body = body
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { arm(head, context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        arm(head, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isReceiving = true
            arm(body, context)
        case .body: break
        case .end:
            isReceiving = false
            deadline = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data), !isReceiving { arm(head, context) }
        context.write(data, promise: promise)
    }

    /// A later time costs no timer: the one that runs looks at its end whether there is more to wait for.
    private func arm(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        let end = NIODeadline.now() + time
        deadline = end
        guard timer == nil || end < timerTime else { return }
        timer?.cancel()
        schedule(end, context.eventLoop, context.channel)
    }

    private func schedule(_ time: NIODeadline, _ loop: any EventLoop, _ channel: any Channel) {
        timerTime = time
        let handler = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(deadline: time) { handler.value.timerRang(loop, channel) }
    }

    private func timerRang(_ loop: any EventLoop, _ channel: any Channel) {
        timer = nil
        guard let deadline else { return }
        if deadline <= NIODeadline.now() {
            channel.close(promise: nil)
        } else {
            schedule(deadline, loop, channel)
        }
    }

    private func cancel() {
        timer?.cancel()
        timer = nil
        deadline = nil
    }
}
