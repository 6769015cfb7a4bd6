import Glibc
import LinuxSystem
import Shared
import Testing

@testable import noviSupervisord

@Suite struct InheritedDescriptorsTests {
    /// A pipe's read end under a number of the kernel's choice.
    private func pipeEnd() throws -> Descriptor {
        try Descriptor.openNull()
    }

    private func identity(_ descriptor: Descriptor) throws -> FileStatus.Identity {
        try FileStatus(descriptor: descriptor.rawValue).identity
    }

    @Test func `a name is taken once`() throws {
        let inherited = InheritedDescriptors()
        let descriptor = try pipeEnd()
        let number = descriptor.rawValue
        inherited.add(descriptor, named: "a")
        #expect(inherited.take("b") == nil)
        #expect(inherited.take("a")?.rawValue == number)
        #expect(inherited.take("a") == nil)
        #expect(inherited.names.isEmpty)
    }

    @Test func `two descriptors of one name are taken in the order they came`() throws {
        let inherited = InheritedDescriptors()
        let first = try pipeEnd()
        let second = try pipeEnd()
        let numbers = [first.rawValue, second.rawValue]
        inherited.add(first, named: "a")
        inherited.add(second, named: "a")
        let taken = [inherited.take("a"), inherited.take("a")]
        #expect(taken.map { $0?.rawValue } == numbers)
    }

    @Test func `what nobody took is closed and named, what is kept stays`() throws {
        let inherited = InheritedDescriptors()
        let rest = try pipeEnd()
        let kept = try pipeEnd()
        inherited.add(rest, named: "0000000000000001.pidfd")
        inherited.add(kept, named: "api.listen.0")
        let closed = inherited.closeRest { $0.hasSuffix(".listen.0") }
        #expect(closed == ["0000000000000001.pidfd"])
        #expect(rest.rawValue == -1)
        #expect(inherited.take("api.listen.0")?.rawValue == kept.rawValue)
        #expect(kept.rawValue >= 0)
    }

    @Test func `what is inherited is closed on exec`() throws {
        let inherited = InheritedDescriptors()
        let descriptor = try pipeEnd()
        try descriptor.setCloseOnExec(false)
        inherited.add(descriptor, named: "a")
        #expect(fcntl(descriptor.rawValue, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func `a table names open descriptors, each once, and nothing below 3`() throws {
        let descriptor = try pipeEnd()
        let number = descriptor.take()
        let table = InheritedDescriptors.table([
            ("0000000000000001.out", number), ("again", number), ("gone", 1_000_000), ("input", 0),
        ])
        let inherited = InheritedDescriptors()
        inherited.add(table: table + Array("nonsense\n7\n-1 x\n99999999999 y\n".utf8))
        #expect(inherited.names == ["0000000000000001.out"])
        #expect(inherited.take("0000000000000001.out")?.rawValue == number)
    }

    /// `LISTEN_PID` (`self` for our own), `LISTEN_FDS`, `LISTEN_FDNAMES`.
    struct Variables {
        var pid: String?
        var count: String?
    }

    static let uselessVariables = [
        Variables(pid: nil, count: "1"), Variables(pid: "1", count: "1"), Variables(pid: "x", count: "1"),
        Variables(pid: "self", count: nil), Variables(pid: "self", count: "0"),
        Variables(pid: "self", count: "-1"), Variables(pid: "self", count: "1000000000"),
        Variables(pid: "self", count: "x"),
    ]

    @Test(arguments: uselessVariables)
    func `variables that are not for us or make no sense give nothing`(_ variables: Variables) {
        let inherited = InheritedDescriptors()
        let pid = variables.pid == "self" ? "\(CurrentProcess.processID)" : variables.pid
        inherited.add(listenPID: pid, count: variables.count, names: "a")
        #expect(inherited.names.isEmpty)
    }

    @Test func `every name is fit for the descriptor store`() throws {
        let run = RunID(rawValue: .max)
        let app = try #require(AppName(String(repeating: "x", count: AppName.maximumLength)))
        let names = [
            DescriptorName.pidfd(run), DescriptorName.notify(run), DescriptorName.output(run),
            DescriptorName.error(run), DescriptorName.listen(app, 999),
        ]
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(!name.contains(":") && name.utf8.count <= 255)
        }
    }

    @Test func `a listening socket is told apart from that of an app with a longer name`() throws {
        let app = try #require(AppName("api"))
        let other = try #require(AppName("api.listen"))
        #expect(DescriptorName.isListen(DescriptorName.listen(app, 0), of: app))
        #expect(!DescriptorName.isListen(DescriptorName.listen(other, 0), of: app))
        #expect(!DescriptorName.isListen("0000000000000001.pidfd", of: app))
    }
}
