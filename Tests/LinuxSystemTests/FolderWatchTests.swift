import Glibc
import LinuxSystem
import Testing

@Suite struct FolderWatchTests {
    @Test func `names that come, go and take another's place are told with what happened`() throws {
        let folder = try ScratchFolder()
        let watch = try FolderWatch()
        let number = try watch.add(folder.path, [.appeared, .disappeared, .written, .attributes])
        #expect(try watch.occurrences().isEmpty)
        try AtomicFile.replace(folder.file("a"), [1], durable: false)
        try FileContents.rename(folder.file("a"), to: folder.file("b"))
        #expect(chmod(folder.file("b"), 0o600) == 0)
        try FileContents.remove(folder.file("b"))
        let all = try watch.occurrences()
        #expect(all.allSatisfy { $0.folder == number })
        func changes(_ name: String) -> FolderWatch.Changes {
            all.filter { $0.name == name }.reduce(into: []) { $0.formUnion($1.changes) }
        }
        #expect(changes("a").contains(.movedIn))
        #expect(changes("b").contains(.movedIn))
        #expect(changes("b").contains(.attributes))
        #expect(!changes("b").isDisjoint(with: .disappeared))
        #expect(try watch.occurrences().isEmpty)
    }

    @Test func `a folder that is removed is told, and that it is watched no more`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("inner")
        try Directory.create(path)
        let watch = try FolderWatch()
        let number = try watch.add(path, [.folderLost, .disappeared])
        try Directory.remove(path)
        let all = try watch.occurrences().filter { $0.folder == number }
        #expect(all.contains { !$0.changes.isDisjoint(with: .folderLost) && $0.name == nil })
        #expect(all.last?.changes.contains(.ended) == true)
        try Directory.create(path)
        #expect(try watch.add(path, .disappeared) != number)
    }

    @Test func `what is no folder cannot be watched`() throws {
        let folder = try ScratchFolder()
        try AtomicFile.replace(folder.file("a"), [], durable: false)
        let watch = try FolderWatch()
        #expect(throws: SystemError.self) { try watch.add(folder.file("a"), .written) }
        #expect(throws: SystemError.self) { try watch.add(folder.file("none"), .written) }
    }

    @Test func `a folder that nobody may enter is brought to its mode`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("locked")
        try Directory.create(path, mode: 0o700)
        #expect(chmod(path, 0) == 0)
        try Directory.create(path, mode: 0o711)
        #expect(try FileStatus(path: path).mode == 0o711)
        #expect(symlink(path, folder.file("link")) == 0)
        let error = #expect(throws: SystemError.self) {
            try Directory.create(folder.file("link"), mode: 0o700)
        }
        #expect(error?.errorNumber == ENOTDIR)
    }
}
