import Glibc
import Logging
import NIOCore
import NIOPosix
import Postgres
import Shared
import Synchronization
import WorkerSupport

/// One child from its start to its end.
final class ChildLink: Sendable {
    private typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private struct State {
        var lastPong = ContinuousClock.now
        /// While something is being stored nothing is read, so that no pong can come.
        var isStoring = false
        var saidHello = false
        var isStopping = false
        var adapter: String?
        var memory: JSONObject = [:]
        var qr: String?
        var process: ChildProcess?
    }

    /// Why a child is ended.
    private struct End: Error {
        var reason: DisconnectReason
    }

    private let settings: ChildSettings
    private let intake: any MessageIntake
    private let log: WorkerLog
    private let tell: @Sendable (ConnectionMachine.Event) -> Void
    private let sends = ChildSends()
    private let lines: AsyncStream<[UInt8]>
    private let line: AsyncStream<[UInt8]>.Continuation
    private let state = Mutex(State())

    /// Makes a link; ``run()`` starts the child.
    init(
        settings: ChildSettings,
        intake: any MessageIntake,
        log: WorkerLog,
        tell: @escaping @Sendable (ConnectionMachine.Event) -> Void
    ) {
        self.settings = settings
        self.intake = intake
        self.log = log
        self.tell = tell
        (lines, line) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingOldest(1000))
    }

    /// What `GetStatus` tells of the child.
    var details: JSONObject {
        state.withLock { state in
            [
                "child_pid": state.process.map { .integer(Int64($0.identifier)) } ?? .null,
                "child": state.adapter.map(JSONValue.string) ?? .null,
                "child_memory": .object(state.memory),
            ]
        }
    }

    /// The code that waits to be scanned.
    var qr: String? { state.withLock { $0.qr } }

    /// Gives a command to the child; `false` when it does not read what it was told before.
    @discardableResult
    func give(_ command: ChildCommand) -> Bool {
        if case .enqueued = line.yield(command.line) { return true }
        return false
    }

    /// Sends a message and waits for the answer.
    func send(_ message: OutgoingMessage) async -> SendOutcome {
        await sends.outcome(of: message.id, limit: settings.sendTime) { give(.send(message)) }
    }

    /// Has the child end: by itself within its time, by SIGKILL to its group after that.
    func stop() async {
        let process = state.withLock { state in
            state.isStopping = true
            return state.process
        }
        guard let process else { return }
        give(.stop)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await process.end() }
            group.addTask {
                try? await Task.sleep(for: self.settings.stopTime)
                if !Task.isCancelled { process.signal(SIGKILL) }
            }
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: - The run

    /// Starts the child and speaks with it until it ends; tells why, unless it was stopped.
    func run() async {
        let reason = await converse()
        let (isStopping, process) = state.withLock { state in
            state.qr = nil
            return (state.isStopping, state.process)
        }
        process?.signal(SIGKILL)
        _ = await process?.end()
        let problem = SendProblem(detail: "the child ended: \(reason.word)")
        sends.end(waiting: .unknown(problem), later: .unlinked(reason, problem))
        if !isStopping { tell(.disconnected(reason)) }
    }

    private func converse() async -> DisconnectReason {
        do {
            if mkdir(settings.sessionDirectory, 0o700) != 0, errno != EEXIST {
                throw FileFailure("cannot make \(settings.sessionDirectory)", errno)
            }
            var environment = settings.environment
            environment["NOVI_CHANNEL_FD"] = "3"
            let (process, descriptor) = try ChildProcess.start(settings.command, environment: environment)
            let isStopping = state.withLock { state in
                state.process = process
                state.lastPong = .now
                return state.isStopping
            }
            if isStopping { process.signal(SIGKILL) }
            let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .takingOwnershipOfDescriptor(inputOutput: descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try Channel(wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                await converse(inbound, outbound, process)
            }
        } catch {
            return .transient("\(error)")
        }
    }

    private func converse(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ process: ChildProcess
    ) async -> DisconnectReason {
        give(.start(sessionDirectory: settings.sessionDirectory, options: settings.options))
        return await withTaskGroup(of: DisconnectReason?.self) { group in
            group.addTask { await self.read(inbound, process) }
            group.addTask { await self.write(outbound) }
            group.addTask { await self.watchLife() }
            group.addTask { await self.watchEnd(process) }
            for await reason in group {
                guard let reason else { continue }
                group.cancelAll()
                await Self.end(process)
                return reason
            }
            return .transient("nothing is left of the child")
        }
    }

    /// Ends a child that is of no use any more, kindly at first.
    private static func end(_ process: ChildProcess) async {
        process.signal(SIGTERM)
        if await within(.seconds(2), { await process.end() }) == nil { process.signal(SIGKILL) }
    }

    private func write(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async -> DisconnectReason? {
        // What cannot be written is told better by the end of the process or of its lines.
        for await line in lines { try? await outbound.write(ByteBuffer(bytes: line)) }
        return nil
    }

    /// Pings, and ends a child that does not answer, or that says nothing at first.
    private func watchLife() async -> DisconnectReason? {
        let begin = ContinuousClock.now
        var number = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: min(settings.pingInterval, settings.helloTime))
            let now = ContinuousClock.now
            let state = state.withLock { state in
                if state.isStoring || !state.saidHello { state.lastPong = now }
                return state
            }
            if !state.saidHello, now - begin >= settings.helloTime {
                return .transient("no hello within \(settings.helloTime.wholeMilliseconds / 1000) s")
            }
            if now - state.lastPong >= settings.pongTime {
                return .transient("no answer to a ping for \(settings.pongTime.wholeMilliseconds / 1000) s")
            }
            number += 1
            if state.saidHello { give(.ping(number)) }
        }
        return nil
    }

    /// Waits for the end of the process, and then for what it wrote last to be read and stored.
    private func watchEnd(_ process: ChildProcess) async -> DisconnectReason? {
        let status = await process.end()
        repeat {
            // Usually the end of its lines comes first; a stranger that got away with the descriptor must not hold us.
            try? await Task.sleep(for: .seconds(2))
        } while state.withLock { $0.isStoring } && !Task.isCancelled
        return .transient("the child ended with \(ChildProcess.text(status))")
    }

    // MARK: - Reading

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ process: ChildProcess
    ) async -> DisconnectReason? {
        var decoder = LineDecoder(limit: ChildReport.lineBytes)
        do {
            for try await buffer in inbound {
                try await take(try decoder.lines(buffer.readableBytesView))
            }
        } catch let end as End {
            return end.reason
        } catch let problem as LineDecoder.TooLong {
            return .transient("the child wrote a line of more than \(problem.limit) bytes")
        } catch is CancellationError {
            return nil
        } catch {
            log.worker.debug("whatsapp child: reading ended: \(error)")
        }
        if Task.isCancelled { return nil }
        // Without its lines it is of no use; its status says more than that they ended.
        process.signal(SIGTERM)
        let isGone = await Self.within(.seconds(5)) { await process.end() }
        guard let status = isGone else { return .transient("the child closed its channel") }
        return .transient("the child ended with \(ChildProcess.text(status))")
    }

    /// Takes lines that came together; what is to be stored is stored in one step.
    private func take(_ lines: [[UInt8]]) async throws {
        var messages: [InboundMessage] = []
        var statuses: [MessageStatus] = []
        var end: End?
        for line in lines {
            do {
                try take(report(line), &messages, &statuses)
            } catch let thrown as End {
                // What came before is not lost by what came after.
                end = thrown
                break
            }
        }
        if !messages.isEmpty || !statuses.isEmpty { try await store(messages, statuses) }
        if let end { throw end }
    }

    private func report(_ line: [UInt8]) throws -> ChildReport {
        do {
            return try ChildReport(parsing: line)
        } catch {
            let text = "the child cannot be understood: \(error.text)"
            throw End(reason: error.version == nil ? .transient(text) : .outdated(text))
        }
    }

    private func take(
        _ report: ChildReport,
        _ messages: inout [InboundMessage],
        _ statuses: inout [MessageStatus]
    ) throws {
        let knows = state.withLock { $0.saidHello }
        if !knows {
            guard case .hello = report else {
                throw End(reason: .transient("the child's first line is no hello"))
            }
        }
        switch report {
        case .hello(let name, let version):
            log.operations.info("whatsapp child: \(name) \(version)")
            state.withLock { state in
                state.saidHello = true
                state.lastPong = .now
                state.adapter = "\(name) \(version)"
            }
        case .state(let event):
            state.withLock { $0.qr = nil }
            // The last word of a child: the machine stops it then, which is no accident any more.
            if case .disconnected(let reason) = event { throw End(reason: reason) }
            if case .authenticationFailed(let word) = event { throw End(reason: .loggedOut(word)) }
            tell(event)
        case .qr(let data):
            state.withLock { $0.qr = data }
            tell(.qrShown)
        case .message(let message): messages.append(message)
        case .ack(let id, let progress):
            statuses.append(MessageStatus(externalID: id, outboxID: nil, progress: progress, at: .now()))
        case .sent(let id, let externalID):
            guard !sends.resolve(id, .accepted(externalID: externalID)) else { break }
            // Too late for whoever sent it, but now it is known.
            statuses.append(
                MessageStatus(externalID: externalID, outboxID: id, progress: .sent, at: .now())
            )
        case .error(let id, let code, let isRetriable): note(id, code, isRetriable)
        case .pong: state.withLock { $0.lastPong = .now }
        case .memory(let memory): state.withLock { $0.memory = memory }
        case .other(let what): log.worker.debug("whatsapp child: \(what) is not known here")
        }
    }

    private func note(_ id: String?, _ code: String, _ isRetriable: Bool) {
        guard let id else {
            log.operations.warning("whatsapp child: error \(code)")
            return
        }
        sends.resolve(id, Self.outcome(code, isRetriable))
    }

    /// What an error code of `send` means.
    static func outcome(_ code: String, _ isRetriable: Bool) -> SendOutcome {
        var problem = SendProblem(code: Int64(code), detail: code)
        switch code {
        case "timeout", "unknown": return .unknown(problem)
        case "rate_limited": return .retry(problem, hold: .account)
        case "not_ready": return .unlinked(.transient(code), problem)
        default: break
        }
        switch DisconnectReason(word: code) {
        case .transient: break
        case let reason:
            problem.needsAttention = true
            return .unlinked(reason, problem)
        }
        return isRetriable ? .retry(problem, hold: .chat) : .dead(problem)
    }

    /// Stores, and tries again until it is stored; nothing is read meanwhile.
    private func store(_ messages: [InboundMessage], _ statuses: [MessageStatus]) async throws {
        state.withLock { $0.isStoring = true }
        defer {
            state.withLock { state in
                state.isStoring = false
                state.lastPong = .now
            }
        }
        var wait = settings.storeWait
        while true {
            do {
                try await intake.take(messages, statuses)
                break
            } catch {
                try Task.checkCancellation()
                log.operations.error("whatsapp: messages could not be stored, trying again: \(error)")
                try await Task.sleep(for: wait)
                wait = min(wait * 2, settings.longestStoreWait)
            }
        }
        for message in messages { give(.stored(externalID: message.externalID)) }
    }

    /// The result of something that may take so long; `nil` when it takes longer.
    private static func within<Value: Sendable>(
        _ limit: Duration,
        _ body: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let (stream, continuation) = AsyncStream.makeStream(of: Value?.self)
        let work = Task { continuation.yield(await body()) }
        let timer = Task {
            try? await Task.sleep(for: limit)
            continuation.yield(nil)
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        for await value in stream { return value }
        return nil
    }
}
