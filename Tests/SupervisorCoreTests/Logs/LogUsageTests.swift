import SupervisorCore
import Testing

struct LogUsageTests {
    private static let files = [
        RotatedFileFacts(sequence: 1, bytes: 10, lastChange: 100, isCompressed: true, isArchived: true),
        RotatedFileFacts(sequence: 2, bytes: 20, lastChange: 200, isCompressed: true, isArchived: false),
        RotatedFileFacts(sequence: 3, bytes: 40, lastChange: 300, isCompressed: false, isArchived: false),
    ]

    @Test func `files are counted by what they are`() {
        let usage = LogUsage(live: (7, 400), rotated: Self.files, began: 50)
        #expect(usage.live == .init(files: 1, bytes: 7))
        #expect(usage.rotated == .init(files: 2, bytes: 60))
        #expect(usage.archived == .init(files: 1, bytes: 10))
        #expect(usage.total == .init(files: 4, bytes: 77))
        #expect(usage.oldest == 50 && usage.newest == 400)
    }

    @Test func `an empty file has no time, and no file has none`() {
        let empty = LogUsage(live: (0, 400), rotated: [], began: nil)
        #expect(empty.live.files == 1 && empty.oldest == nil && empty.newest == nil)
        #expect(LogUsage(live: nil, rotated: [], began: nil) == LogUsage())
    }

    @Test func `the logs of an app are added up`() {
        var sum = LogUsage(live: (7, 400), rotated: Self.files, began: 50)
        sum += LogUsage(live: (3, 900), rotated: [], began: nil)
        #expect(sum.live == .init(files: 2, bytes: 10))
        #expect(sum.oldest == 50 && sum.newest == 900)
    }

    @Test func `limits tell how far they are`() {
        var policy = LogPolicy()
        policy.maximumTotalBytes = 100
        policy.maximumFiles = 5
        policy.archiveSeconds = 1000
        let room = LogHeadroom(policy, logs: [Self.files, [Self.files[0]]])
        #expect(room.bytes == 20)
        #expect(room.files == 2)
        #expect(room.nextExpiry == 1100)
        policy.maximumTotalBytes = nil
        policy.maximumFiles = nil
        let free = LogHeadroom(policy, logs: [])
        #expect(free.bytes == nil && free.files == nil && free.nextExpiry == nil)
    }
}
