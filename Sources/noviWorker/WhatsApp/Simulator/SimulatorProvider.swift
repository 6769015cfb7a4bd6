import Shared
import Synchronization

/// A provider without a phone: ready at once by itself, and whatever else by script or by its interface.
final class SimulatorProvider: WhatsAppProvider {
    private struct State {
        var tasks: [Task<Void, Never>] = []
        var playedScript = false
        var messages = 0
    }

    let name = "simulator"
    let capabilities = Set(ProviderCapability.allCases)
    let events: AsyncStream<ProviderEvent>

    private let continuation: AsyncStream<ProviderEvent>.Continuation
    private let script: SimulatorScript?
    private let state = Mutex(State())

    /// Makes a simulator.
    ///
    /// - Parameter script: What the first attempt does; `nil` to become ready within 50 ms, as later attempts do.
    init(script: SimulatorScript? = nil) {
        self.script = script
        (events, continuation) = AsyncStream.makeStream(
            of: ProviderEvent.self,
            bufferingPolicy: .bufferingOldest(Limits.messages)
        )
    }

    func start() async throws {
        let isFirst = state.withLock { state in
            defer { state.playedScript = true }
            return !state.playedScript
        }
        let usual: [SimulatorScript.Step] = [
            SimulatorScript.Step(after: .milliseconds(10), event: .connection(.authenticated)),
            SimulatorScript.Step(after: .milliseconds(25), event: .connection(.syncing)),
            SimulatorScript.Step(after: .milliseconds(40), event: .connection(.ready)),
        ]
        // A script goes on over later attempts, so that it can tell what happens in between; the usual start does not.
        if isFirst, let script {
            play(script.steps, endsWithAttempt: false)
        } else {
            play(usual, endsWithAttempt: true)
        }
    }

    func stop() async {
        let tasks = state.withLock { state in
            defer { state.tasks = [] }
            return state.tasks
        }
        for task in tasks { task.cancel() }
    }

    /// Lets something happen now; returns `false` when the reader is so far behind that it was lost.
    @discardableResult
    func perform(_ event: SimulatorEvent) -> Bool {
        let result: AsyncStream<ProviderEvent>.Continuation.YieldResult
        switch event {
        case .connection(let event):
            result = continuation.yield(.connection(event))
        case .message(let text, let sender, let chat):
            let number = state.withLock { state in
                state.messages += 1
                return state.messages
            }
            let sender = sender ?? "2340000000001@c.us"
            result = continuation.yield(
                .message(
                    InboundMessage(
                        externalID: "simulated-\(number)",
                        chat: chat ?? sender,
                        sender: sender,
                        text: text
                    )
                )
            )
        }
        if case .enqueued = result { return true }
        return false
    }

    private func play(_ steps: [SimulatorScript.Step], endsWithAttempt: Bool) {
        let begin = ContinuousClock.now
        let task = Task {
            for step in steps {
                try? await Task.sleep(until: begin + step.after)
                if Task.isCancelled { return }
                perform(step.event)
            }
        }
        if endsWithAttempt { state.withLock { $0.tasks.append(task) } }
    }
}
