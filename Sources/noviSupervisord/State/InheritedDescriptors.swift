import LinuxSystem
import Shared

/// Descriptors that the daemon was given at its start, by name.
///
/// They come from whoever outlived the daemon before: the service manager's descriptor store (sd_listen_fds(3)), the image
/// before an in-place upgrade, or the keeper. A name only says what a descriptor is said to be: whoever takes one asks the
/// kernel whether it is (M2, M12).
///
/// What nobody took by the end of adoption is closed.
final class InheritedDescriptors {
    private var named: [String: [Descriptor]] = [:]
    /// What was taken in, so that no number gets two owners.
    private var numbers: Set<Int32> = []

    /// The most descriptors that are accepted: the descriptor store's own bound is far lower.
    static let maximumCount: Int32 = 1 << 20

    /// Begins without any.
    init() {}

    /// The names that nobody took yet, each once.
    var names: [String] { named.keys.sorted() }

    /// Adds a descriptor; it is closed on exec from here on.
    func add(_ descriptor: Descriptor, named name: String) {
        try? descriptor.setCloseOnExec(true)
        named[name, default: []].append(descriptor)
    }

    /// Takes the first descriptor of a name; the caller owns it.
    func take(_ name: String) -> Descriptor? {
        guard var found = named.removeValue(forKey: name), !found.isEmpty else { return nil }
        let descriptor = found.removeFirst()
        if !found.isEmpty { named[name] = found }
        return descriptor
    }

    /// Closes what is left, except what `isKept` wants to see taken later, and returns the names.
    func closeRest(except isKept: (String) -> Bool = { _ in false }) -> [String] {
        let rest = names.filter { !isKept($0) }
        for name in rest {
            for descriptor in named.removeValue(forKey: name) ?? [] { descriptor.close() }
        }
        return rest
    }

    /// Adds an open descriptor of this process by its number, once.
    private func add(number: Int32, named name: String) {
        guard Descriptor.isOpen(number), numbers.insert(number).inserted else { return }
        add(Descriptor(number), named: name)
    }

    // MARK: - Where they come from

    /// The number of the first descriptor that a service manager hands over (SD_LISTEN_FDS_START).
    static let firstNumber: Int32 = 3

    /// Takes what the service manager handed over: `LISTEN_FDS` descriptors from 3 on, named by `LISTEN_FDNAMES`, for the
    /// process `LISTEN_PID` only.
    ///
    /// The variables are removed, so that no child takes our descriptors for its own (M25).
    func takeFromServiceManager() {
        defer {
            for name in ["LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "LISTEN_PIDFDID"] {
                CurrentProcess.removeEnvironmentValue(name)
            }
        }
        add(
            listenPID: CurrentProcess.environmentValue("LISTEN_PID"),
            count: CurrentProcess.environmentValue("LISTEN_FDS"),
            names: CurrentProcess.environmentValue("LISTEN_FDNAMES")
        )
    }

    /// Takes what the keeper held for us, and the way on which we ask it to hold more: two variables, which are removed.
    func takeFromKeeper() {
        func take(_ name: String) -> Descriptor? {
            defer { CurrentProcess.removeEnvironmentValue(name) }
            guard let number = CurrentProcess.environmentValue(name).flatMap({ Int32($0) }),
                number >= Self.firstNumber, Descriptor.isOpen(number)
            else { return nil }
            return Descriptor(number)
        }
        if let table = take(KeeperVariable.kept), let bytes = try? table.readAll(upTo: Self.maximumTable) {
            add(table: bytes)
        }
        if let store = take(KeeperVariable.store) { add(store, named: Handover.Name.keeperStore) }
    }

    /// The longest table that is read, in bytes.
    private static let maximumTable = 16 << 20

    /// Adds what three variables of the environment tell; nothing when they are not for us or make no sense.
    func add(listenPID: String?, count: String?, names: String?) {
        guard let pid = listenPID.flatMap({ Int32($0) }), pid == CurrentProcess.processID else { return }
        guard let count = count.flatMap({ Int32($0) }), (1...Self.maximumCount).contains(count) else {
            return
        }
        let words = (names ?? "").split(separator: ":", omittingEmptySubsequences: false)
        for offset in 0..<count {
            let number = Self.firstNumber + offset
            add(number: number, named: words.count == Int(count) ? String(words[Int(offset)]) : "unknown")
        }
    }

    /// Adds what a table says, one `NUMBER NAME` a line: the form in which one image of the daemon tells the next.
    func add(table: [UInt8]) {
        for line in table.split(separator: 0x0A) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 1)
            guard words.count == 2, let number = Int32(words[0]), number >= Self.firstNumber else { continue }
            add(number: number, named: String(words[1]))
        }
    }

    /// The table of descriptors that are to be handed on.
    static func table(_ entries: [(name: String, number: Int32)]) -> [UInt8] {
        Array(entries.map { "\($0.number) \($0.name)\n" }.joined().utf8)
    }
}

/// The variables by which keeper and daemon hand descriptors to each other.
enum KeeperVariable {
    /// The number of a file with a table of what is held.
    static let kept = "NOVI_KEPT_FD"
    /// The number of the socket on which the keeper is asked to hold something.
    static let store = "NOVI_KEEPER_STORE_FD"
}

/// The names of kept descriptors; at most 255 bytes and without `:` (M19).
enum DescriptorName {
    /// The main process of a run.
    static func pidfd(_ run: RunID) -> String { "\(run).pidfd" }
    /// Whether a name is that of a main process.
    static func isPidfd(_ name: String) -> Bool { name.hasSuffix(".pidfd") }
    /// The socket on which a run reports, with what waits in it (M23).
    static func notify(_ run: RunID) -> String { "\(run).notify" }
    /// The pipe of a run's standard output, and of its standard error where both go one way.
    static func output(_ run: RunID) -> String { "\(run).out" }
    /// The pipe of a run's standard error.
    static func error(_ run: RunID) -> String { "\(run).err" }

    /// A listening socket of an app, by its place in `listen`; all instances share it.
    static func listen(_ app: AppName, _ index: Int) -> String { "\(app).listen.\(index)" }

    /// Whether a name is that of a listening socket of an app.
    static func isListen(_ name: String, of app: AppName) -> Bool {
        let prefix = "\(app).listen."
        guard name.hasPrefix(prefix) else { return false }
        return Int(name.dropFirst(prefix.count)) != nil
    }
}
