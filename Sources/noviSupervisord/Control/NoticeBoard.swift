import Shared
import SupervisorCore

/// The last notices of all processes and who wants to hear the next ones.
struct NoticeBoard {
    private var recent: [LifecycleNotice] = []
    private var followers: [ConnectionID: [ProcessSelection]?] = [:]

    /// How many notices are kept.
    static let capacity = 512

    /// Takes a notice in; returns the connections that follow it.
    mutating func post(_ notice: LifecycleNotice, namespace: String) -> [ConnectionID] {
        recent.append(notice)
        if recent.count >= Self.capacity * 2 {
            recent.removeFirst(recent.count - Self.capacity)
        }
        return followers.filter { Self.concerns(notice, $0.value, namespace: namespace) }.map(\.key)
    }

    /// The last notices that concern a selection, oldest first.
    func last(_ count: Int, of processes: Set<Int>?) -> [LifecycleNotice] {
        let matching = recent.suffix(Self.capacity).filter { notice in
            guard let processes else { return true }
            return notice.processID.map { processes.contains($0) } ?? false
        }
        return matching.suffix(max(0, count))
    }

    /// Begins to tell a connection of new notices.
    mutating func follow(_ connection: ConnectionID, _ selections: [ProcessSelection]?) {
        followers[connection] = .some(selections)
    }

    /// Stops telling a connection.
    mutating func unfollow(_ connection: ConnectionID) {
        followers[connection] = nil
    }

    private static func concerns(
        _ notice: LifecycleNotice,
        _ selections: [ProcessSelection]?,
        namespace: String
    ) -> Bool {
        guard let selections else { return true }
        guard let name = notice.process, let id = notice.processID else { return false }
        return selections.contains { $0.matches(name, id: id, namespace: namespace) }
    }
}

/// The identity of a client's connection.
struct ConnectionID: Hashable {
    /// The number.
    let rawValue: UInt64
}
