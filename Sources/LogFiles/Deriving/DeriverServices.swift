import LinuxSystem
import SupervisorCore

extension Deriver {
    /// What the jobs of one engine share.
    final class Services {
        let journal: JournalSocket
        let readback: JournalReadback
        private let chunk: UnsafeMutableRawBufferPointer
        private var hasSynchronized = false

        init(journal: JournalSocket, readback: JournalReadback, chunkBytes: Int) {
            self.journal = journal
            self.readback = readback
            chunk = .allocate(byteCount: max(256, chunkBytes), alignment: 4096)
        }

        deinit { chunk.deallocate() }

        /// Where a source is read to: smaller when many lie beside each other in memory.
        func chunk(for sources: Int) -> UnsafeMutableRawBufferPointer {
            sources <= 4
                ? chunk : UnsafeMutableRawBufferPointer(rebasing: chunk[..<max(256, chunk.count / 4)])
        }

        /// Lets the journal take in what an earlier daemon sent; once is enough.
        func synchronizeJournal() {
            guard !hasSynchronized else { return }
            hasSynchronized = true
            readback.synchronize()
        }

        func wallNanoseconds() -> Int64 { Clocks.realtimeNanoseconds() }

        /// Puts a derived file aside when it is full or belongs to another period; all that it holds is committed.
        func rotateIfNeeded(_ file: DerivedFile, _ policy: LogPolicy, _ now: Int64) throws(SystemError) {
            guard file.length > 0, let began = file.firstByteNanoseconds else { return }
            let isFull = policy.maximumFileBytes.map { file.length >= $0 } ?? false
            guard isFull || Self.period(of: began, policy) != Self.period(of: now, policy) else { return }
            try file.rotate { log throws(SystemError) in
                try Self.rotate(log, policy, began: began)
            }
        }

        /// The text of the period that a moment belongs to; the same within one.
        private static func period(of nanoseconds: Int64, _ policy: LogPolicy) -> String {
            let pattern =
                switch policy.frequency {
                case .never: ""
                case .datePattern: policy.datePattern
                case .minutes: "YYYY-MM-DD HH:mm"
                }
            let text = LineStamps.text(of: nanoseconds, pattern: pattern, usesUTC: policy.usesUTC)
            guard case .minutes(let count) = policy.frequency, count > 0 else { return text }
            let clock = text.suffix(5).split(separator: ":").compactMap { Int($0) }
            guard clock.count == 2 else { return text }
            return "\(text.prefix(10)) \((clock[0] * 60 + clock[1]) / count)"
        }

        /// Renames a file as docs/LOGS.md says; a name that is taken is never overwritten.
        private static func rotate(_ log: LogPath, _ policy: LogPolicy, began: Int64) throws(SystemError) {
            let date = LineStamps.text(of: began, pattern: policy.datePattern, usesUTC: policy.usesUTC).map {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-"
            }
            var sequence = (RotatedLog.all(of: log).last?.sequence ?? 0) + 1
            while true {
                let digits = String(sequence)
                let number = String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
                let path = "\(log.folder)/\(log.stem)-\(String(date))-\(number)\(log.suffix)"
                guard FileStatus.exists(path) || FileStatus.exists(path + RotatedLog.compressedSuffix) else {
                    return try FileContents.rename(log.path, to: path)
                }
                sequence += 1
            }
        }
    }
}
