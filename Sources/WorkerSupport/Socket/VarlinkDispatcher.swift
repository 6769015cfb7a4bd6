import Shared

/// Finds the method of a call among several interfaces and makes its replies (varlink.org).
struct VarlinkDispatcher: Sendable {
    private let interfaces: [VarlinkInterface]
    private let introspection: VarlinkService

    /// Makes a dispatcher; introspection is added.
    init(_ interfaces: [VarlinkInterface], version: String) {
        self.interfaces = interfaces
        introspection = VarlinkService(
            vendor: "Novi",
            product: "noviWorker",
            version: version,
            url: "",
            interfaces: interfaces.map(\.description)
        )
    }

    /// Answers one frame.
    ///
    /// - Parameters:
    ///   - frame: The message without its NUL.
    ///   - send: Takes each encoded reply.
    /// - Throws: ``VarlinkProtocolError`` or a syntax error when the frame is no call: the connection is beyond help;
    ///   whatever `send` throws.
    func answer(_ frame: [UInt8], send: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        let call = try VarlinkCall(parsing: JSONValue(parsing: frame))
        let invocation = VarlinkInvocation(parameters: call.parameters, wantsMore: call.more && !call.oneway)
        {
            guard call.more, !call.oneway else { return }
            try await send(VarlinkReply(parameters: $0, continues: true).encoded())
        }
        let reply: VarlinkReply
        do {
            if let introspected = introspection.answer(call) {
                reply = introspected
            } else {
                reply = VarlinkReply(parameters: try await result(of: call.method, invocation))
            }
        } catch let failure as VarlinkFailure {
            reply = VarlinkReply(parameters: failure.parameters, error: failure.name)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let reason: JSONObject = ["reason": .string("\(error)")]
            reply = VarlinkReply(parameters: reason, error: "\(WorkerInterface.name).NotSupported")
        }
        if !call.oneway { try await send(reply.encoded()) }
    }

    private func result(of method: String, _ invocation: VarlinkInvocation) async throws -> JSONObject {
        let parts = method.lastIndex(of: ".").map { (method[..<$0], method[method.index(after: $0)...]) }
        guard let (interfaceName, name) = parts else {
            throw VarlinkFailure(VarlinkService.ErrorName.methodNotFound, ["method": .string(method)])
        }
        guard let interface = interfaces.first(where: { $0.name == interfaceName }) else {
            let parameters: JSONObject = ["interface": .string(String(interfaceName))]
            throw VarlinkFailure(VarlinkService.ErrorName.interfaceNotFound, parameters)
        }
        guard let answer = interface.methods[String(name)] else {
            throw VarlinkFailure(VarlinkService.ErrorName.methodNotFound, ["method": .string(method)])
        }
        return try await answer(invocation)
    }
}
