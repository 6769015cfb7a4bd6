import Foundation
import LinuxSystem
import Testing

/// What operators ask the journal, on a real systemd.
@Suite(.enabled(if: SystemdHost.obstacle == nil, "\(SystemdHost.obstacle ?? "")"))
struct JournalEndToEndTests {
    private let host: SystemdHost

    init() throws {
        host = try SystemdHost()
        try host.install("novi.service", SystemdHost.systemUnit)
        try host.shell("systemctl start novi.service")
    }

    /// Starts what a configuration file says.
    private func start(_ apps: String) throws {
        let path = "\(host.folder)/ecosystem.json"
        try AtomicFile.replace(path, Array("{\"apps\": [\(apps)]}".utf8), mode: 0o644)
        try host.novi("start \(path)")
    }

    private func app(_ name: String, _ script: String, _ settings: String = "") throws -> String {
        let path = "\(host.folder)/\(name).sh"
        try AtomicFile.replace(path, Array("#!/bin/sh\n\(script)\n".utf8), mode: 0o755)
        return """
            {"name": "\(name)", "script": "\(path)", "interpreter": "none", "journal": {"fields": true}\(settings)}
            """
    }

    @Test func `the lines of an app are found by its name, its level and the members of its JSON`() throws {
        try start(
            [
                try app(
                    "api",
                    #"""
                    echo 'listening on 3000'
                    echo '{"level":50,"msg":"request failed","statusCode":500,"_PID":"1"}'
                    echo 'cannot reach the database' >&2
                    exec sleep 1000
                    """#
                ),
                try app(
                    "whatsapp",
                    """
                    echo 'INFO connected'
                    echo 'WARN connection lost'
                    echo 'ERROR banned'
                    exec sleep 1000
                    """
                ),
            ].joined(separator: ",")
        )
        try host.await("all lines", "[ $(journalctl -q NOVI_STREAM=out + NOVI_STREAM=error | wc -l) = 6 ]")
        // Two streams have no order between them.
        #expect(
            try host.journal("-t", "novi-api", "-o", "cat").sorted() == [
                "cannot reach the database", "listening on 3000", "request failed",
            ]
        )
        #expect(
            try host.journal("NOVI_APP=whatsapp", "-p", "warning", "-o", "cat") == [
                "WARN connection lost", "ERROR banned",
            ]
        )
        #expect(
            try host.journal("NOVI_FIELD_STATUS_CODE=500", "-p", "err", "-o", "cat") == ["request failed"]
        )
        #expect(try host.journal("NOVI_FIELD__PID=1", "-o", "cat") == ["request failed"])
    }

    @Test func `the supervisor's events are found by number, app and cause, and explained`() throws {
        try host.shell(
            """
            mkdir -p /usr/lib/systemd/catalog
            cp \(SystemdHost.package)/packaging/novi.catalog /usr/lib/systemd/catalog/
            journalctl --update-catalog
            """
        )
        try start(try app("api", "exit 3", #", "max_restarts": 3, "min_uptime": "1h""#))
        try host.await("the app to be given up", "journalctl -q NOVI_EVENT=gave_up NOVI_APP=api | grep -q .")
        let ended = try host.journal(
            "-x",
            "-t",
            "noviSupervisord",
            "MESSAGE_ID=25335557b8d743e9bd739379dc863b65",
            "NOVI_CODE=3",
            "NOVI_CAUSE_KIND=itself"
        )
        #expect(
            ended.contains { $0.contains("noviSupervisord") && $0.contains("exited by itself with code 3") }
        )
        #expect(ended.contains { $0.hasSuffix("Subject: api ended") }, "\(ended)")
        #expect(ended.contains { $0.contains("noviSupervisor logs") })
        #expect(try host.journal("NOVI_APP=api", "-p", "err", "-o", "cat").count == 1)
        let runs = try host.journal("-o", "cat", "--output-fields=NOVI_RUN", "NOVI_EVENT=exited")
        #expect(Set(runs).count == runs.count && runs.count >= 3, "\(runs)")
    }

    @Test func `a daemon that is killed again and again doubles no entry and loses none`() throws {
        let count = 6000
        try start(
            try app(
                "counter",
                "i=0; while [ $i -lt \(count) ]; do echo $i; i=$((i+1)); [ $((i % 20)) != 0 ] || sleep 0.02; done; exec sleep 1000"
            )
        )
        let pid = try host.shell("systemctl show -P MainPID novi")
        var last = pid
        var kills = 0
        while try Int(
            host.shell("journalctl -q -t novi-counter -o cat -n 1").trimmingCharacters(in: .newlines)
        )
            ?? 0 < count - 1, kills < 200
        {
            try host.shell("systemctl kill -s KILL --kill-who=main novi")
            kills += 1
            try host.await(
                "the next daemon",
                "p=$(systemctl show -P MainPID novi); [ $p != 0 ] && [ $p != \(last.trimmingCharacters(in: .newlines)) ] && systemctl -q is-active novi"
            )
            last = try host.shell("systemctl show -P MainPID novi")
        }
        try host.await("the last line", "journalctl -q -t novi-counter -o cat -n 1 | grep -qx \(count - 1)")
        #expect(kills >= 3)
        #expect(try host.journal("-t", "novi-counter", "-o", "cat") == (0..<count).map { "\($0)" })
    }
}
