import ArgumentParser
import Testing

@testable import noviSupervisor

@Suite struct NamedCommandTests {
    @Test(arguments: [
        ["status"], ["ls"], ["status", "--json"], ["start", "ecosystem.json", "--wait"], ["why", "api"],
        ["ping"],
        ["stop", "all"], ["logs", "-n", "5", "api"], ["kill"],
    ])
    func `a command that is named first is the one that the whole line gives`(line: [String]) throws {
        let arguments = ArgumentRewriting.rewritten(line)
        let command = try #require(NoviSupervisor.namedCommand(arguments))
        let whole = try NoviSupervisor.parseAsRoot(arguments)
        #expect(type(of: command) == type(of: whole))
    }

    @Test(arguments: [
        [], ["--help"], ["--version"], ["help"], ["status", "--help"], ["status", "--no-such-option"],
        ["stop"],
        ["no-such-command"], ["start", "--timeout"],
    ])
    func `help and mistakes are left to the parser of the whole line`(line: [String]) {
        #expect(NoviSupervisor.namedCommand(ArgumentRewriting.rewritten(line)) == nil)
    }
}
