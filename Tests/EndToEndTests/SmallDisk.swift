import Foundation
import LinuxSystem
import Testing

/// A file system of a chosen size, unmounted at the end of the test.
final class SmallDisk {
    let folder: String

    init(_ fixture: SupervisorFixture, _ size: String) throws {
        folder = "\(fixture.home)/small"
        try Directory.create(folder, mode: 0o755)
        try #require(mount("tmpfs", folder, "tmpfs", 0, "size=\(size)") == 0)
    }

    deinit { umount2(folder, Int32(MNT_DETACH)) }

    func grow(_ size: String) throws {
        try #require(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=\(size)") == 0)
    }

    /// Lets nobody write, or everybody again.
    func setReadOnly(_ isReadOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
        try #require(mount("tmpfs", folder, "tmpfs", flags, "") == 0)
    }

    /// Writes a file of another's; returns how many bytes had room.
    @discardableResult
    func fill(_ name: String, _ bytes: Int) throws -> Int {
        let path = "\(folder)/\(name)"
        let file = Descriptor(
            try SystemCall.check("open", path) { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640) }
        )
        let block = [UInt8](repeating: 0x78, count: 4096)
        var written = 0
        while written < bytes {
            let count = write(file.rawValue, block, min(block.count, bytes - written))
            guard count > 0 else { break }
            written += count
        }
        return written
    }
}
