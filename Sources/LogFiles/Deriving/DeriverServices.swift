import LinuxSystem
import SupervisorCore

extension Deriver {
    /// What the jobs of one engine share.
    final class Services {
        let journal: JournalSocket
        let readback: JournalReadback
        let runEnds: RunEnds
        private let chunk: UnsafeMutableRawBufferPointer
        private var hasSynchronized = false

        init(journal: JournalSocket, readback: JournalReadback, runEnds: RunEnds, chunkBytes: Int) {
            self.runEnds = runEnds
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
            var rotation = LogRotation(log: file.log, policy: policy)
            guard isFull || rotation.period(of: began) != rotation.period(of: now) else { return }
            try file.rotate { _ throws(SystemError) in _ = try rotation.rename(began: began) }
        }

        /// Puts a derived file aside now, if it holds anything; returns where it is then.
        func rotate(_ file: DerivedFile, _ policy: LogPolicy) throws(SystemError) -> String? {
            guard file.length > 0 else { return nil }
            let began = file.firstByteNanoseconds ?? wallNanoseconds()
            var rotation = LogRotation(log: file.log, policy: policy)
            var path: String?
            try file.rotate { _ throws(SystemError) in path = try rotation.rename(began: began) }
            return path
        }
    }
}
