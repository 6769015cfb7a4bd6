import LinuxSystem
import Shared
import SupervisorCore

/// What clients did, and what they are told.
extension Daemon {
    /// Handles what clients did.
    func serve(_ occurrences: [ControlServer.Occurrence]) {
        var open = occurrences
        while !open.isEmpty {
            switch open.removeFirst() {
            case .frame(let bytes, let connection): dispatch(bytes, connection)
            case .closed(let id): clientLeft(id)
            }
        }
    }

    /// Sends the last reply to a call and lets the client's next call in.
    func answer(_ id: ConnectionID, _ parameters: JSONObject, error: String? = nil) {
        guard let connection = server.connection(id) else { return }
        server.send(connection, VarlinkReply(parameters: parameters, continues: false, error: error))
        serve(server.finishCall(id))
    }

    /// Sends a reply that more will follow.
    func `continue`(_ id: ConnectionID, _ parameters: JSONObject) {
        guard let connection = server.connection(id) else { return }
        server.send(connection, VarlinkReply(parameters: parameters, continues: true, error: nil))
    }

    /// Lets the client's next call in after one that wants no reply.
    func finishSilently(_ id: ConnectionID) {
        serve(server.finishCall(id))
    }

    private func clientLeft(_ id: ConnectionID) {
        scheduleMemoryTrim()
        board.unfollow(id)
        for (request, caller) in callers where caller == id {
            callers[request] = nil
            handle(.requestAbandoned(request))
        }
    }

    /// Puts right what somebody did to the run folder (F22).
    func guardRunFolder() {
        let findings = runFolder.examine()
        for remark in findings.remarks {
            log(remark, isWarning: true)
        }
        if findings.hasLostJournal {
            journal.rewrite(journalLines())
        }
        guard let next = findings.listener else { return }
        do throws(SystemError) {
            try server.replaceListener(next)
            listener = ControlListener(next)
            keepControlSocket(replacing: true)
        } catch {
            log("cannot serve the new control socket: \(error)", isWarning: true)
        }
    }
}
