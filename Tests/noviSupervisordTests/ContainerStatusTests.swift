import Shared
import Testing

@testable import noviSupervisord

@Suite struct ContainerStatusTests {
    @Test(
        arguments: [
            ([], 0), ([.exited(code: 0)], 0), ([.exited(code: 3)], 3),
            ([.exited(code: 0), .exited(code: 0)], 0),
            ([.exited(code: 0), .exited(code: 7), .exited(code: 3)], 7),
            ([.signaled(.terminate, coreDumped: false)], 143), ([.signaled(.kill, coreDumped: true)], 137),
            ([.exited(code: 256)], 0), ([.unknown], 1), ([.exited(code: 0), .unknown], 1),
        ] as [([ProcessExit], Int32)]
    )
    func `a container ends like its app, or like the first that failed`(exits: [ProcessExit], status: Int32) {
        #expect(ContainerStatus.exitStatus(of: exits) == status)
    }
}
