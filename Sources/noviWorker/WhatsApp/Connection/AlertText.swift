import Shared

extension ConnectionMachine.Alert {
    /// The alert as a sentence.
    var text: String {
        switch self {
        case .loggedOut(let reason):
            "whatsapp_logged_out: the session is void (\(reason)); scan a new code or set a token"
        case .blocked(let reason):
            "whatsapp_blocked: WhatsApp refuses the account (\(reason)); nothing is tried by itself"
        case .twoClients(let reason):
            "whatsapp_conflict: another program uses the same number (\(reason)); stop one"
        case .outdated(let reason):
            "whatsapp_outdated: the provider's program is too old (\(reason)); update it"
        case .down(let time): "whatsapp_down: not ready for \(time.wholeMilliseconds / 1000) s"
        case .recovered(let time): "whatsapp_recovered: ready again after \(time.wholeMilliseconds / 1000) s"
        }
    }
}
