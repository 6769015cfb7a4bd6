import LinuxSystem
import Shared
import SupervisorCore

/// What the keeper tells of the processes that it reaped: those that lost their parent when a daemon died.
///
/// It is what is known of children that ended while no daemon ran, and of adopted ones where the kernel does not remember
/// how they ended (M13). The keeper tells every new daemon its last reports again, so that none is lost with a daemon that
/// had read it.
final class KeeperReports {
    /// How one process ended.
    struct Report: Equatable {
        var pid: Int32
        /// Its start time in clock ticks since boot: tells it from a later one with its number.
        var startTicks: UInt64
        var status: WaitStatus
        /// Whether it was a daemon.
        var wasDaemon: Bool
    }

    private struct Identity: Hashable {
        var pid: Int32
        var startTicks: UInt64
    }

    /// Readable when there are reports; hangs up when the keeper is gone.
    let descriptor: Descriptor
    /// What the keeper told before this daemon began, the newest first.
    private(set) var earlier: [Report] = []
    private var known: [Identity: WaitStatus] = [:]
    private var order: [Identity] = []

    /// How many reports are remembered, as many as the keeper tells again.
    private static let capacity = 1024

    /// Takes over the reading end of the keeper's pipe.
    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
        try? descriptor.setCloseOnExec(true)
        try? descriptor.setNonBlocking(true)
        earlier = take().reports
    }

    /// Reads what is there.
    ///
    /// - Returns: The new reports, and whether the keeper is there still.
    func take() -> (reports: [Report], isOpen: Bool) {
        var reports: [Report] = []
        while true {
            guard let bytes = try? descriptor.read(upTo: Report.byteCount * 128) else {
                return (reports, true)
            }
            guard !bytes.isEmpty else { return (reports, false) }
            for start in stride(from: 0, to: bytes.count - Report.byteCount + 1, by: Report.byteCount) {
                let report = Report(bytes[start..<(start + Report.byteCount)])
                remember(report)
                reports.append(report)
            }
        }
    }

    /// How a process ended; `nil` when the keeper did not reap it.
    func exit(of pid: Int32, startTicks: UInt64) -> ProcessExit? {
        known[Identity(pid: pid, startTicks: startTicks)].map { ProcessExit($0) }
    }

    private func remember(_ report: Report) {
        let identity = Identity(pid: report.pid, startTicks: report.startTicks)
        if known.updateValue(report.status, forKey: identity) == nil {
            order.append(identity)
        }
        if order.count > Self.capacity {
            known[order.removeFirst()] = nil
        }
    }
}

extension KeeperReports.Report {
    /// The length of a record in the pipe.
    static let byteCount = 24

    /// Reads a record: start time (8 bytes), pid (4), wait status (4), 1 for a daemon (4), 4 bytes that mean nothing.
    init(_ record: ArraySlice<UInt8>) {
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            let start = record.startIndex + offset
            return record[start..<(start + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        startTicks = number(0, 8)
        pid = Int32(truncatingIfNeeded: number(8, 4))
        status = WaitStatus(waitStatus: Int32(truncatingIfNeeded: number(12, 4)))
        wasDaemon = number(16, 4) == 1
    }
}
