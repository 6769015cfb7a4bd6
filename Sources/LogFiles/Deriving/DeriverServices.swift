import LinuxSystem
import SupervisorCore

extension Deriver {
    /// What the jobs of one engine share.
    final class Services {
        let journal: JournalSocket
        let readback: JournalReadback
        private let chunk: UnsafeMutableRawBufferPointer

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

        func wallNanoseconds() -> Int64 { Clocks.realtimeNanoseconds() }

        /// Puts a derived file aside when it is full or belongs to another period.
        func rotateIfNeeded(_ file: DerivedFile, _ policy: LogPolicy, _ now: Int64) throws(SystemError) {
        }
    }
}
