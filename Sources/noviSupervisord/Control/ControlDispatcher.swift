import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// Calls of clients: what reads is answered at once, what changes becomes a request to the core.
extension Daemon {
    private static let interface = "com.novi.Supervisor"

    /// Decodes a message and answers it or hands it to the core.
    func dispatch(_ bytes: [UInt8], _ connection: ControlServer.Connection) {
        let call: VarlinkCall
        do {
            call = try VarlinkCall(parsing: try JSONValue(parsing: bytes))
        } catch {
            answer(
                connection.id,
                ["reason": .string("not a Varlink call: \(error)")],
                error: "\(Self.interface).InvalidRequest"
            )
            return
        }
        do throws(CallFailure) {
            try dispatch(call, connection)
        } catch {
            answerUnlessOneway(call, connection.id, error.parameters, error: error.name)
        }
    }

    private func answerUnlessOneway(
        _ call: VarlinkCall,
        _ id: ConnectionID,
        _ parameters: JSONObject,
        error: String? = nil
    ) {
        if call.oneway {
            finishSilently(id)
        } else {
            answer(id, parameters, error: error)
        }
    }

    private func dispatch(_ call: VarlinkCall, _ connection: ControlServer.Connection) throws(CallFailure) {
        if let reply = Self.service.answer(call) {
            answerUnlessOneway(call, connection.id, reply.parameters, error: reply.error)
            return
        }
        guard let dot = call.method.lastIndex(of: "."), call.method[..<dot] == Self.interface else {
            let interface = call.method.lastIndex(of: ".").map { String(call.method[..<$0]) } ?? call.method
            throw CallFailure(
                name: "org.varlink.service.InterfaceNotFound",
                parameters: ["interface": .string(interface)]
            )
        }
        let method = String(call.method[call.method.index(after: dot)...])
        if let request = try ControlRequest.decode(method: method, call.parameters) {
            submit(request, call, connection)
            return
        }
        var parameters = CallParameters(call.parameters)
        switch method {
        case "Ping":
            try parameters.finish()
            answer(
                connection.id,
                ["daemon": daemonJSON(at: now()), "home": .string(layout.home), "upgrade": lastUpgradeJSON]
            )
        case "Upgrade": try upgrade(&parameters, connection.id)
        case "List": try list(&parameters, call, connection.id)
        case "Describe": try describe(&parameters, call, connection.id)
        case "Why": try why(&parameters, connection.id)
        case "Events": try events(&parameters, call, connection.id)
        case "GetLogFiles": try logFiles(&parameters, connection.id)
        case "RotateLogs": try changeLogs(&parameters, connection.id, .rotate)
        case "FlushLogs": try changeLogs(&parameters, connection.id, .empty)
        case "ReopenLogs":
            try parameters.finish()
            pump.reopen()
            answerUnlessOneway(call, connection.id, [:])
        case "GetPaths":
            try parameters.finish()
            answer(connection.id, ["paths": .object(layout.json)])
        default:
            throw CallFailure(
                name: "org.varlink.service.MethodNotFound",
                parameters: ["method": .string(call.method)]
            )
        }
    }

    private static let service = VarlinkService(
        vendor: "Novi",
        product: "noviSupervisor",
        version: DaemonVersion.text,
        url: "",
        interfaces: [SupervisorInterface.description]
    )

    // MARK: - Changing

    private func submit(
        _ request: ControlRequest,
        _ call: VarlinkCall,
        _ connection: ControlServer.Connection
    ) {
        let id = RequestID(rawValue: nextRequest)
        nextRequest += 1
        if call.oneway {
            finishSilently(connection.id)
        } else {
            callers[id] = connection.id
        }
        var request = request
        if let conflict = sharedFile(of: request.action) {
            return reply(id, .failure(.invalidRequest(conflict)))
        }
        if case .apply(let definitions, let source) = request.action {
            request.action = .apply(environments.intern(definitions), prunedSource: source)
        }
        if case .shutdown = request.action {
            shutdownRequests.insert(id)
            isShuttingDown = true
            service.beginStop(at: now())
        }
        handle(.request(id, request, from: requester(connection.peer)))
    }

    /// Whether the answer to a request is that of `Shutdown`, which has no parameters.
    func isShutdownRequest(_ id: RequestID) -> Bool {
        shutdownRequests.remove(id) != nil
    }

    private func requester(_ peer: PeerCredentials) -> Requester {
        Requester(
            user: (try? UserDatabase.user(peer.userID))?.name ?? "uid \(peer.userID)",
            pid: peer.processID,
            terminal: Terminal.name(ofProcess: peer.processID)
        )
    }

    // MARK: - Reading

    private func selected(_ selections: [ProcessSelection]?) throws(CallFailure) -> [Int]? {
        guard let selections else { return nil }
        do throws(ControlFailure) {
            return try supervisor.processes(matching: selections)
        } catch {
            let (name, parameters) = ControlResponse.failure(error).encoded
            throw CallFailure(name: name ?? "", parameters: parameters)
        }
    }

    /// The processes that a call names, which has no other parameters.
    func selectedProcesses(_ parameters: inout CallParameters) throws(CallFailure) -> [Int] {
        let selections = try parameters.selections("select")
        try parameters.finish()
        return try selected(selections) ?? []
    }

    private func list(
        _ parameters: inout CallParameters,
        _ call: VarlinkCall,
        _ id: ConnectionID
    ) throws(CallFailure) {
        let selections = try parameters.optionalSelections("select")
        try parameters.finish()
        let chosen = try selected(selections)
        let instant = now()
        let daemon = daemonJSON(at: instant)
        let statuses = supervisor.snapshot(of: chosen, at: instant)
        tree.refresh()
        func reply(_ part: some Sequence<ProcessStatus>) -> JSONObject {
            let processes = part.map {
                $0.json(
                    usage: usage(of: $0, at: instant),
                    outputTrouble: outputTrouble(ofProcess: $0.id),
                    at: instant
                )
            }
            return ["schema": 1, "daemon": daemon, "processes": .array(processes)]
        }
        guard call.more, statuses.count > Self.pageSize else {
            answer(id, reply(statuses))
            return
        }
        var rest = statuses[...]
        while rest.count > Self.pageSize {
            `continue`(id, reply(rest.prefix(Self.pageSize)))
            rest = rest.dropFirst(Self.pageSize)
        }
        answer(id, reply(rest))
    }

    /// Processes in one reply of a long list (M28).
    private static let pageSize = 1000

    private func daemonJSON(at instant: MonotonicInstant) -> JSONValue {
        .object([
            "pid": .integer(Int64(CurrentProcess.processID)),
            "version": .string(DaemonVersion.text),
            "uptime_ms": .integer((instant - startedAt).wholeMilliseconds),
        ])
    }

    private func usage(of status: ProcessStatus, at instant: MonotonicInstant) -> ProcessUsage? {
        guard let run = status.state.run?.id, let live = runs[run], !live.hasExited else { return nil }
        return sampler.usage(of: live, members: tree.members(main: live.pid, of: run), at: instant)
    }

    private func describe(
        _ parameters: inout CallParameters,
        _ call: VarlinkCall,
        _ id: ConnectionID
    ) throws(CallFailure) {
        let selections = try parameters.selections("select")
        try parameters.finish()
        let chosen = try selected(selections)
        let clock = CivilClock()
        tree.refresh()
        let descriptions = supervisor.snapshot(of: chosen, at: clock.now)
            .map { status in
                description(of: status, usage: usage(of: status, at: clock.now), clock)
            }
        guard call.more, let last = descriptions.last else {
            answer(id, ["descriptions": .array(descriptions)])
            return
        }
        for description in descriptions.dropLast() {
            `continue`(id, ["descriptions": .array([description])])
        }
        answer(id, ["descriptions": .array([last])])
    }

    private func why(_ parameters: inout CallParameters, _ id: ConnectionID) throws(CallFailure) {
        let selections = try parameters.selections("select")
        try parameters.finish()
        let chosen = try selected(selections) ?? []
        let clock = CivilClock()
        let processes = supervisor.snapshot(of: chosen, at: clock.now).map {
            $0.json(usage: nil, outputTrouble: outputTrouble(ofProcess: $0.id), at: clock.now)
        }
        let events = chosen.flatMap { supervisor.trail(of: $0) }.sorted { $0.sequence < $1.sequence }
        answer(id, ["processes": .array(processes), "events": .array(events.map { $0.json(clock) })])
    }

    private func events(
        _ parameters: inout CallParameters,
        _ call: VarlinkCall,
        _ id: ConnectionID
    ) throws(CallFailure) {
        let selections = try parameters.optionalSelections("select")
        let last = try parameters.optionalInteger("last") ?? 50
        let follows = try parameters.optionalBoolean("follow") ?? false
        try parameters.finish()
        guard call.more else {
            throw .invalidRequest("Events answers with many replies; call it with \"more\"")
        }
        let chosen = try selected(selections)
        let clock = CivilClock()
        let events = board.last(last, of: chosen.map { Set($0) })
        if follows {
            for event in events {
                `continue`(id, ["event": event.json(clock)])
            }
            board.follow(id, selections)
            return
        }
        guard let final = events.last else {
            throw CallFailure(name: "\(Self.interface).NoEvents", parameters: [:])
        }
        for event in events.dropLast() {
            `continue`(id, ["event": event.json(clock)])
        }
        answer(id, ["event": final.json(clock)])
    }

    private func logFiles(_ parameters: inout CallParameters, _ id: ConnectionID) throws(CallFailure) {
        let selections = try parameters.selections("select")
        try parameters.finish()
        let chosen = try selected(selections)
        let clock = CivilClock()
        let files = supervisor.snapshot(of: chosen, at: clock.now).map { logFile(of: $0, clock) }
        answer(id, ["files": .array(files)])
    }
}
