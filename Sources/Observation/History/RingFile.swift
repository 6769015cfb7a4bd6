import Glibc
import LinuxSystem

/// The rings of one process in one file of fixed size.
///
/// Second, minute and hour lie one after the other; where a slot is follows from its time. A file of another layout is put aside as
/// `….old`: history is worth keeping, not worth refusing to work.
final class RingFile {
    private let descriptor: Descriptor
    private let path: String

    private static let magic = Array("NOVIHIS1".utf8)

    /// The bytes of a whole file; less while parts of it were never written.
    static let bytes = magic.count + HistoryResolution.allCases.reduce(0) { $0 + $1.slots } * Slot.bytes

    /// Opens a file or makes it.
    ///
    /// - Throws: `SystemError`.
    init(_ path: String) throws(SystemError) {
        self.path = path
        var opened = try Self.open(path)
        if try !Self.isOurs(opened) {
            try FileContents.rename(path, to: "\(path).old")
            opened = try Self.open(path)
            _ = try Self.isOurs(opened)
        }
        descriptor = opened
    }

    private static func open(_ path: String) throws(SystemError) -> Descriptor {
        Descriptor(
            try SystemCall.check("open", path) {
                Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o640)
            }
        )
    }

    /// Whether the file has our layout; an empty one gets it.
    private static func isOurs(_ file: Descriptor) throws(SystemError) -> Bool {
        var head = [UInt8](repeating: 0, count: magic.count)
        let count = pread(file.rawValue, &head, head.count, 0)
        guard count == 0 else { return head == magic }
        _ = try SystemCall.check("write", "history") { pwrite(file.rawValue, magic, magic.count, 0) }
        return true
    }

    private func offset(_ resolution: HistoryResolution, _ step: Int64) -> off_t {
        let place = resolution.slotsBefore + Int(step % Int64(resolution.slots))
        return off_t(Self.magic.count + place * Slot.bytes)
    }

    /// Writes slots in their places; those that follow each other at once.
    ///
    /// - Throws: `SystemError`, such as for a full disk.
    func write(_ slots: [Slot], _ resolution: HistoryResolution) throws(SystemError) {
        var bytes: [UInt8] = []
        var start: off_t = 0
        for slot in slots {
            let place = offset(resolution, slot.step)
            if place != start + off_t(bytes.count) {
                try write(bytes, at: start)
                bytes.removeAll(keepingCapacity: true)
                start = place
            }
            bytes += slot.encoded
        }
        try write(bytes, at: start)
    }

    private func write(_ bytes: [UInt8], at place: off_t) throws(SystemError) {
        guard !bytes.isEmpty else { return }
        let count = try SystemCall.check("write", path) {
            pwrite(descriptor.rawValue, bytes, bytes.count, place)
        }
        guard count == bytes.count else { throw SystemError("write", ENOSPC, path) }
    }

    /// The slots of these steps that are there, the oldest first.
    func slots(_ resolution: HistoryResolution, _ steps: ClosedRange<Int64>) -> [Slot] {
        let first = max(steps.lowerBound, steps.upperBound - Int64(resolution.slots) + 1, 1)
        guard first <= steps.upperBound else { return [] }
        var slots: [Slot] = []
        var step = first
        while step <= steps.upperBound {
            // As many as lie in one piece before the ring begins again.
            let place = step % Int64(resolution.slots)
            let count = min(steps.upperBound - step + 1, Int64(resolution.slots) - place, 1024)
            var bytes = [UInt8](repeating: 0, count: Int(count) * Slot.bytes)
            let start = offset(resolution, step)
            let read = pread(descriptor.rawValue, &bytes, bytes.count, start)
            if read > 0 {
                for index in 0..<read / Slot.bytes {
                    let slot = Slot(bytes[index * Slot.bytes..<(index + 1) * Slot.bytes])
                    if let slot, slot.step == step + Int64(index) { slots.append(slot) }
                }
            }
            step += count
        }
        return slots
    }
}
