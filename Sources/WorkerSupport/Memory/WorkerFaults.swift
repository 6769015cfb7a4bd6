import Glibc
import Shared

/// Memory on demand, for demonstrations and tests of memory limits; served only with `NOVI_FAULTS=1`.
public actor WorkerFaults {
    private struct Block {
        let address: UnsafeMutableRawPointer
        let size: Int
        let isEvictable: Bool
    }

    private var blocks: [Block] = []

    /// Makes an empty store that frees its evictable memory at each cleanup.
    public init(cleanup: MemoryCleanup) async {
        await cleanup.register { [weak self] in await self?.free(evictableOnly: true) }
    }

    /// The interface `com.novi.WorkerFaults`.
    public nonisolated var interface: VarlinkInterface {
        VarlinkInterface(
            name: WorkerFaultsInterface.name,
            description: WorkerFaultsInterface.description,
            methods: [
                "AllocateMemory": { invocation in
                    guard let bytes = invocation.parameters["bytes"]?.integerValue, bytes > 0 else {
                        throw VarlinkFailure.invalidParameter("bytes")
                    }
                    guard let evictable = invocation.parameters["evictable"]?.boolValue else {
                        throw VarlinkFailure.invalidParameter("evictable")
                    }
                    return ["held_bytes": .integer(try await self.allocate(bytes, isEvictable: evictable))]
                },
                "FreeMemory": { _ in
                    await self.free(evictableOnly: false)
                    return [:]
                },
            ]
        )
    }

    private var heldBytes: Int64 { blocks.reduce(0) { $0 + Int64($1.size) } }

    private func allocate(_ bytes: Int64, isEvictable: Bool) throws -> Int64 {
        let room = Limits.faultMemoryBytes - heldBytes
        guard bytes <= room, let size = Int(exactly: bytes), let address = malloc(size) else {
            throw VarlinkFailure(
                "\(WorkerFaultsInterface.name).OutOfMemory",
                ["held_bytes": .integer(heldBytes)]
            )
        }
        memset(address, 1, size)
        blocks.append(Block(address: address, size: size, isEvictable: isEvictable))
        return heldBytes
    }

    private func free(evictableOnly: Bool) {
        for block in blocks where block.isEvictable || !evictableOnly { Glibc.free(block.address) }
        blocks.removeAll { $0.isEvictable || !evictableOnly }
    }
}
