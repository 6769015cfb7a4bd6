import CSystemd
import Glibc
public import Shared

/// What this process holds, in bytes.
///
/// Swift has no collected heap; "heap" is what malloc handed out and holds (mallinfo2(3)), "external" everything else
/// that is resident: stacks, mapped files, code.
public struct MemoryFigures: Sendable, Equatable {
    /// Bytes handed out by malloc.
    public let heapUsed: Int64

    /// Bytes that malloc holds from the kernel.
    public let heapTotal: Int64

    /// Resident bytes beyond the heap; never negative.
    public let external: Int64

    /// Resident bytes.
    public let resident: Int64

    /// Makes figures; `external` follows from the others.
    public init(heapUsed: Int64, heapTotal: Int64, resident: Int64) {
        self.heapUsed = heapUsed
        self.heapTotal = heapTotal
        self.resident = resident
        external = max(0, resident - heapUsed)
    }

    /// Measures this process now.
    public static func now() -> MemoryFigures {
        let heap = novi_heap_now()
        return MemoryFigures(
            heapUsed: Int64(clamping: heap.used),
            heapTotal: Int64(clamping: heap.total),
            resident: residentBytes()
        )
    }

    /// The `Memory` of `com.novi.Worker`.
    public var json: JSONValue {
        .object([
            "heap_used_bytes": .integer(heapUsed),
            "heap_total_bytes": .integer(heapTotal),
            "external_bytes": .integer(external),
            "rss_bytes": .integer(resident),
        ])
    }

    /// The second number of /proc/self/statm, in bytes (proc(5)); 0 when it cannot be read.
    private static func residentBytes() -> Int64 {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return 0 }
        let fields = buffer[..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int64(String(decoding: fields[1], as: UTF8.self)) else {
            return 0
        }
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: Int64(sysconf(Int32(_SC_PAGESIZE))))
        return overflow ? .max : bytes
    }
}
