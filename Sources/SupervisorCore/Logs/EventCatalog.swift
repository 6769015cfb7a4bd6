/// The numbers by which the journal knows the supervisor's events (MESSAGE_ID).
///
/// `journalctl -x` explains them from `packaging/novi.catalog`; a test holds both together. A number never changes and never
/// comes to mean something else: people and alarms search for it.
public enum EventCatalog {
    /// One event.
    public struct Event: Hashable, Sendable {
        /// The stable word of ``LifecycleNotice/Kind-swift.enum/word``.
        public let word: String
        /// Its number: 128 random bits as 32 hexadecimal digits.
        public let messageID: String
    }

    /// The number of the gateway's alerts, which are no events of the supervisor.
    public static let alertMessageID = "5d1a4f7c9b0e4c64a3c6f9e1d0b87a21"

    /// All events.
    public static let events: [Event] = [
        Event(word: "registered", messageID: "d831a654d3df4d09bbf072229d2af609"),
        Event(word: "deleted", messageID: "ef90eeeb2cb74800b1cadfdfc3600cac"),
        Event(word: "configuration_changed", messageID: "8f1122c85d3d4c95b52d13bc0c25f65b"),
        Event(word: "waiting_for_dependencies", messageID: "686affd7a5fa4ed1a0ed0725d8dad919"),
        Event(word: "launched", messageID: "2d432ed2c9014f4f85d56fca73dc1e85"),
        Event(word: "adopted", messageID: "940b8f7ee1314be08b303aca71a4c928"),
        Event(word: "found_ended", messageID: "d6971ed193784f22af1ac0e133c6bddb"),
        Event(word: "launch_failed", messageID: "c155425bcf4c43d58ed77c1dd6dc5fd1"),
        Event(word: "online", messageID: "85026e8b8a124cd584d983db028e5acb"),
        Event(word: "signaled", messageID: "c0e5b1f27a944d6f9a3d8b6e41f7520d"),
        Event(word: "exited", messageID: "25335557b8d743e9bd739379dc863b65"),
        Event(word: "stragglers_ended", messageID: "3d3cc847ee0342d58c9f02b240e70a84"),
        Event(word: "waiting_to_restart", messageID: "3ef29364541f4e0cb91495aa56d75efe"),
        Event(word: "gave_up", messageID: "ad58842862ba4a66969bcc11ac6dffd5"),
        Event(word: "stopping", messageID: "363b335b96014046bc43b7426ef2df01"),
        Event(word: "killed", messageID: "39e626c3570f4ff0818f2b6355c79e07"),
        Event(word: "unkillable", messageID: "3d2076c681db46a89d5cfb4b977e63b6"),
        Event(word: "cleanup_requested", messageID: "407fe81df39645bc8f78469656d3539f"),
        Event(word: "memory_restarts_exhausted", messageID: "efa607d5fcff4d5ea02446b2d4adf52a"),
        Event(word: "memory_report", messageID: "2bd52e1a8e7b4fd3aaec5a46f5dea581"),
        Event(word: "failure_reported", messageID: "d533b78e49fa4df19fae6bd91a72a9be"),
        Event(word: "ignored", messageID: "ff6b4bf1738b41ef8bcbe315bed59c5e"),
        Event(word: "shutdown_began", messageID: "b9e8380684fd49088513d26945061c40"),
        Event(word: "upgraded", messageID: "fb1b323ab0754dea956a64b8912a2df9"),
        Event(word: "upgrade_failed", messageID: "9952c85ee73e4fda98d683d8e1f63df8"),
        Event(word: "log_blocked", messageID: "6a32d267ade44544abfb350210e51f2a"),
        Event(word: "log_dropping", messageID: "e277b1ba12094f1dadf1558c2afc838b"),
        Event(word: "log_recovered", messageID: "18825a08e1254473b4fffc793d43b97d"),
        Event(word: "log_changed_by_others", messageID: "43ad5cae2659402d8f987136ab91d8fd"),
        Event(word: "log_line_cut", messageID: "6fb7b6800971456bafadb545b3b0aa9d"),
        Event(word: "log_rotation_failed", messageID: "c570a60be8ed4e05b692e79f569746c8"),
        Event(word: "log_keeping_failed", messageID: "af2f9199b23e464099d9903c8009318f"),
        Event(word: "log_deriving_failed", messageID: "f9903980366c404287d59b9e5f6fb8dc"),
        Event(word: "disk_guard", messageID: "8750eb4f760344a19c70a93859fce135"),
        Event(word: "logs_limit", messageID: "80b3d2b4c1d946afb6399c40269be3f5"),
    ]

    private static let messageIDs = Dictionary(
        events.map { ($0.word, $0.messageID) },
        uniquingKeysWith: { first, _ in first }
    )

    /// The number of an event; `nil` for a word that is none.
    public static func messageID(ofWord word: String) -> String? { messageIDs[word] }
}

extension LifecycleNotice.Kind {
    /// The number by which the journal knows this kind; see ``EventCatalog``.
    public var messageID: String? { EventCatalog.messageID(ofWord: word) }
}
