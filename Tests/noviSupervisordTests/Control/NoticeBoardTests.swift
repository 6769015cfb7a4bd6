import Shared
import Testing

@testable import SupervisorCore
@testable import noviSupervisord

@Suite struct NoticeBoardTests {
    private func notice(_ sequence: Int, _ name: String?, id: Int? = nil) -> LifecycleNotice {
        LifecycleNotice(
            sequence: UInt64(sequence),
            at: MonotonicInstant(nanoseconds: Int64(sequence)),
            process: name.flatMap { ProcessName($0) },
            processID: id,
            run: nil,
            kind: .registered
        )
    }

    private func connection(_ number: UInt64) -> ConnectionID { ConnectionID(rawValue: number) }

    @Test func `the last notices come oldest first, of all or of some`() {
        var board = NoticeBoard()
        for number in 1...6 {
            _ = board.post(notice(number, number % 2 == 0 ? "a" : "b", id: number % 2), namespace: "default")
        }
        _ = board.post(notice(7, nil), namespace: "default")
        #expect(board.last(3, of: nil).map(\.sequence) == [5, 6, 7])
        #expect(board.last(2, of: [0]).map(\.sequence) == [4, 6])
        #expect(board.last(99, of: [0, 1]).map(\.sequence) == [1, 2, 3, 4, 5, 6])
        #expect(board.last(0, of: nil).isEmpty)
        #expect(board.last(-1, of: nil).isEmpty)
    }

    @Test func `it keeps so many and no more`() {
        var board = NoticeBoard()
        for number in 1...5000 {
            _ = board.post(notice(number, "a", id: 0), namespace: "default")
        }
        let all = board.last(10_000, of: nil)
        #expect(all.count == NoticeBoard.capacity)
        #expect(all.last?.sequence == 5000)
    }

    @Test func `a follower hears what it asked for, until it leaves`() throws {
        var board = NoticeBoard()
        board.follow(connection(1), nil)
        board.follow(connection(2), [try #require(ProcessSelection("a"))])
        board.follow(connection(3), [.namespace("novi")])
        #expect(
            board.post(notice(1, "a", id: 0), namespace: "default").sorted { $0.rawValue < $1.rawValue }
                == [connection(1), connection(2)]
        )
        #expect(
            board.post(notice(2, "b", id: 1), namespace: "novi").sorted { $0.rawValue < $1.rawValue }
                == [connection(1), connection(3)]
        )
        #expect(board.post(notice(3, nil), namespace: "novi") == [connection(1)])
        board.unfollow(connection(1))
        board.unfollow(connection(9))
        #expect(board.post(notice(4, "c", id: 2), namespace: "default").isEmpty)
    }
}
