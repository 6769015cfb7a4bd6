import ArgumentParser
import Logging
import Postgres
import Shared
import WorkerSupport

/// `noviWorker inbox`: what came in.
struct InboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox",
        abstract: "Looks after messages that came in.",
        subcommands: [ReplayCommand.self]
    )

    /// `noviWorker inbox replay`.
    struct ReplayCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Has stored messages read again that became no order.",
            discussion: """
                For after the rules got better, or after messages failed. What became an order stays, commands are not carried out \
                twice, and answers that were given are not given again. The bridge reads them within seconds.

                Example:  noviWorker inbox replay --since 2026-06-10T00:00:00Z
                """
        )

        @Option(help: "Messages that came in since then: RFC 3339, such as 2026-06-10T08:00:00+01:00.")
        var since: String

        @Option(help: "Of one provider only: simulator, cloud, child.")
        var provider: String?

        func validate() throws {
            guard UTCInstant(since) != nil else {
                throw ValidationError("--since \(since) is no time such as 2026-06-10T08:00:00+01:00")
            }
            guard let provider, ProviderKind(rawValue: provider) == nil else { return }
            let known = ProviderKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--provider \(provider): there are \(known)")
        }

        func run() async throws {
            try await reportingFailures(of: "inbox") {
                var reader = VariableReader()
                let environment = WorkerEnvironment(&reader, app: "inbox")
                let database = DatabaseConfiguration(&reader, environment: environment)
                try reader.finish()
                guard let since = UTCInstant(since) else { return }
                let kind = provider.flatMap { ProviderKind(rawValue: $0) }
                let log = WorkerLog(app: environment.app, deployment: environment.deployment)
                let pool = DatabasePool(
                    database.settings,
                    limits: database.limits,
                    log: log.operations
                )
                pool.start()
                defer { pool.close() }
                let count = try await Replay(kind, pool).run(since: since)
                print("\(count) \(count == 1 ? "message" : "messages") will be read again")
            }
        }
    }
}
