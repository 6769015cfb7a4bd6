import LinuxSystem
import Shared
import SupervisorClient

/// Asks the bridge to WhatsApp how its link is: when its status changes, and now and then for its queue.
final class BridgeLink {
    /// Between two questions while nothing changes, in nanoseconds.
    private static let pause: Int64 = 10_000_000_000

    private let folder: String
    private(set) var link: VarlinkLink?
    private var lastAsked: Int64 = .min
    private var lastStatus: [String] = []
    private var isAsked = false

    init(_ layout: HomeLayout) {
        folder = layout.applicationRunDirectory
    }

    /// Asks where that is due.
    ///
    /// - Parameters:
    ///   - rows: The processes; the first that is a bridge is asked.
    ///   - now: Nanoseconds since boot.
    /// - Returns: Whether it turned out that it does not answer.
    func look(_ rows: [ProcessRow], _ now: Int64) -> Bool {
        guard let bridge = rows.first(where: { $0.isBridge }), let pid = bridge.pid else {
            drop()
            return false
        }
        let status = ["\(pid)", bridge.state, bridge.statusText ?? "", bridge.linkState ?? ""]
        guard status != lastStatus || now - lastAsked >= Self.pause else { return false }
        if isAsked { drop() }
        lastStatus = status
        lastAsked = now
        do throws(SystemError) {
            let path = "\(folder)/\(bridge.app)-\(bridge.instance)/worker.sock"
            let link = if let link { link } else { try VarlinkLink(path) }
            try link.call("\(WhatsAppInterface.name).GetState")
            self.link = link
            isAsked = true
            return false
        } catch {
            drop()
            return true
        }
    }

    /// The answer, once it is there; `nil` inside for none that says anything.
    func answer() -> JSONObject?? {
        guard let link else { return nil }
        do throws(SystemError) {
            try link.flush()
            guard let reply = try link.replies().last else { return nil }
            isAsked = false
            return .some(reply.error == nil ? reply.parameters : nil)
        } catch {
            drop()
            return .some(nil)
        }
    }

    private func drop() {
        link = nil
        isAsked = false
    }
}
