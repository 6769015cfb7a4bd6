import Testing

@testable import Postgres

@Suite struct PreparedStatementsTests {
    @Test func `a text is prepared once, and the one unused for longest goes first`() {
        var statements = PreparedStatements(capacity: 2)
        #expect(statements.use("a") == .missing(name: "novi_1", evicted: nil))
        #expect(statements.use("b") == .missing(name: "novi_2", evicted: nil))
        #expect(statements.use("a") == .prepared(name: "novi_1"))
        #expect(statements.use("c") == .missing(name: "novi_4", evicted: "novi_2"))
        #expect(statements.use("a") == .prepared(name: "novi_1"))
        #expect(statements.count == 2)
        #expect(statements.forget("a") == "novi_1")
        #expect(statements.forget("a") == nil)
        #expect(statements.count == 1)
    }
}

@Suite struct ConnectMessageTests {
    @Test(
        arguments: [
            (
                "connection to server on socket \"/tmp/.s.PGSQL.5432\" failed: FATAL:  28P01: password authentication failed",
                "28P01"
            ),
            (
                "connection to server at \"db\", port 5432 failed: FATAL:  57P03: the database system is starting up",
                "57P03"
            ),
            ("FATAL:  53300: sorry, too many clients already\nLOCATION:  InitProcess, proc.c:359", "53300"),
            ("connection to server at \"10.0.0.1\", port 12345 failed: Connection refused", nil),
            ("could not translate host name \"ABCDE\" to address: Name or service not known", nil),
        ] as [(String, String?)]
    )
    func `the server's code is found in the words about a failed attempt`(_ message: String, _ code: String?)
    {
        #expect(Session.state(in: message)?.rawValue == code)
    }
}
