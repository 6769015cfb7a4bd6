import Foundation
import Testing

/// F25: kill -9 of the daemon at every system call of all that it does (`make faults`); at a few of each in an ordinary run.
@Suite(.enabled(if: geteuid() == 0, "only root can attach a tracer here"))
struct KillCampaignTests {
    /// At how many calls of a record the daemon is killed: `NOVI_FAULTS=all`, or a number.
    private static let limit: Int = {
        let wish = ProcessInfo.processInfo.environment["NOVI_FAULTS"]
        return wish == "all" ? .max : wish.flatMap { Int($0) } ?? 4
    }()

    /// Which operations: all, or those in `NOVI_FAULT_OPERATIONS`, with commas.
    private static let operations: [CampaignOperation] = {
        let wish = ProcessInfo.processInfo.environment["NOVI_FAULT_OPERATIONS"]
        guard let wish, !wish.isEmpty else { return CampaignOperation.allCases }
        return wish.split(separator: ",").compactMap { CampaignOperation(rawValue: String($0)) }
    }()

    @Test(arguments: operations)
    func `the daemon may be killed at every system call of an operation`(operation: CampaignOperation) throws
    {
        let campaign = try KillCampaign()
        let calls = try campaign.calls(of: operation)
        for (round, call) in Self.chosen(calls) {
            try campaign.kill(during: operation, at: call, round: round)
        }
        print("\(operation.rawValue): killed at \(campaign.kills) of \(calls.count) system calls")
        // The last ones of a record may come behind what a later run needs.
        #expect(campaign.kills > Self.chosen(calls).count / 2)
        try campaign.checkLog()
    }

    @Test func `the daemon may be killed at every system call of its start`() throws {
        let campaign = try KillCampaign()
        let calls = try campaign.callsOfStart()
        for (round, call) in Self.chosen(calls) {
            try campaign.kill(duringStartAt: call, round: round)
        }
        print("start of the daemon: killed at \(campaign.kills) of \(calls.count) system calls")
        #expect(campaign.kills > Self.chosen(calls).count / 2)
        try campaign.checkLog()
    }

    /// Calls all over the record, with their places in it.
    private static func chosen(_ calls: [SystemCallCount]) -> [(Int, SystemCallCount)] {
        let step = max(1, calls.count / min(limit, max(1, calls.count)))
        return calls.enumerated().filter { $0.offset % step == step / 2 }
            .map { ($0.offset + 1, $0.element) }
    }
}
