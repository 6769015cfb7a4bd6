import Logging
import Shared
import WhatsAppCloud
import WorkerSupport

/// What is answered to Meta.
struct WebhookAnswer: Equatable, Sendable {
    /// The HTTP status.
    var status: Int
    /// The body, plain text.
    var body = ""
}

extension CloudProvider {
    /// Takes a webhook; it is answered 200 only when all of it is stored.
    ///
    /// - Parameters:
    ///   - body: The raw bytes.
    ///   - header: `X-Hub-Signature-256`.
    /// - Returns: 200, or 401 for a wrong signature (nothing was read then), 413 for too large a body, 400 for one that is
    ///   none of a WhatsApp account, 503 when it could not be stored: Meta sends it again.
    func receive(body: [UInt8], signature header: String?) async -> WebhookAnswer {
        guard body.count <= CloudLimits.webhookBytes else { return WebhookAnswer(status: 413) }
        guard signature.isValid(header: header, body: body) else {
            log.operations.warning("whatsapp: a webhook of \(body.count) bytes without a valid signature")
            return WebhookAnswer(status: 401)
        }
        let webhook: CloudWebhook
        do {
            webhook = try CloudWebhook(body)
        } catch {
            log.operations.warning("whatsapp: \(error)")
            return WebhookAnswer(status: 400)
        }
        let receipt = CloudReceipt(webhook, numberID: settings.numberID)
        do {
            for change in receipt.changes { try await note(change.from, change.to) }
            if !receipt.messages.isEmpty || !receipt.statuses.isEmpty {
                try await intake.take(receipt.messages, receipt.statuses)
            }
        } catch {
            log.operations.error("whatsapp: a webhook could not be stored, Meta will send it again: \(error)")
            return WebhookAnswer(status: 503)
        }
        for problem in webhook.problems.prefix(10) { log.operations.warning("whatsapp: webhook: \(problem)") }
        if receipt.skipped > 0 {
            log.operations.warning(
                "whatsapp: \(receipt.skipped) parts of a webhook are not for our number or unusable"
            )
        }
        for error in receipt.accountErrors { note(error) }
        return WebhookAnswer(status: 200)
    }

    /// Answers whether this address is ours.
    func verify(mode: String?, token: String?, challenge: String?) -> WebhookAnswer {
        let answer = WebhookVerification.answer(
            mode: mode,
            token: token,
            challenge: challenge,
            expected: settings.verifyToken.text
        )
        guard let answer else {
            log.operations.warning("whatsapp: somebody asked for the webhook's address with a wrong token")
            return WebhookAnswer(status: 403)
        }
        return WebhookAnswer(status: 200, body: answer)
    }

    private func note(_ from: CloudPerson, _ to: CloudPerson) async throws {
        // Numbers stay out of the log.
        log.operations.notice("whatsapp: a person has another phone or id")
        try await personChanged?(from, to)
    }

    private func note(_ error: CloudError) {
        log.operations.error("whatsapp: error \(error.code) of the account: \(error.title.prefix(200))")
        let word = "\(error.code) \(error.title.prefix(200))"
        switch CloudErrorClass(code: error.code) {
        case .loggedOut: tell(.disconnected(.loggedOut(word)))
        case .blocked: tell(.disconnected(.blocked(word)))
        case .notPermitted, .badRequest, .badTemplate, .rateLimited, .pairLimited, .heldBack, .outsideWindow,
            .undeliverable, .temporary:
            break
        }
    }

    /// `com.novi.WhatsAppWebhook`: webhooks that the worker with the public port hands on.
    var webhookInterface: VarlinkInterface {
        VarlinkInterface(
            name: WhatsAppWebhookInterface.name,
            description: WhatsAppWebhookInterface.description,
            methods: [
                "Receive": { [self] invocation in
                    guard let body = Base64.bytes(try invocation.text("body_base64")) else {
                        throw VarlinkFailure.invalidParameter("body_base64")
                    }
                    let header = try invocation.optionalText("signature")
                    return ["status": .integer(Int64(await receive(body: body, signature: header).status))]
                },
                "Verify": { [self] invocation in
                    let answer = verify(
                        mode: try invocation.optionalText("mode"),
                        token: try invocation.optionalText("token"),
                        challenge: try invocation.optionalText("challenge")
                    )
                    return ["status": .integer(Int64(answer.status)), "body": .string(answer.body)]
                },
            ]
        )
    }
}
