import ArgumentParser
import Logging
import Postgres
import Shared
import WorkerSupport

/// `noviWorker migrate`: brings the database's schema up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Shows and changes the state of the database's schema.",
        discussion: """
            The database is DATABASE_URL, else the supervisor's own "database" app of NOVI_ENV. Migrations are part of \
            this program; --directory takes those of a folder instead. Each is a transaction; only one migrator works at \
            a time; one that waits longer than --lock-timeout for a table gives way and is tried again.

            Migrations only add what older programs can live with. One that drops or rewrites runs only with \
            --allow-destructive. Exit status: 0 done or nothing to do, 1 failed, 3 `status --check` found something to \
            do, 78 wrong configuration.
            """,
        subcommands: [Status.self, Up.self, Down.self, New.self],
        defaultSubcommand: Status.self
    )

    /// What all subcommands that ask the database take.
    struct Options: ParsableArguments {
        @Option(help: "Folder of .up.sql and .down.sql files, instead of the migrations of this program.")
        var directory: String?

        @Flag(help: "Print JSON.")
        var json = false

        /// The migrator of these options and the environment.
        func migrator(_ options: Migrator.Options = Migrator.Options()) throws -> Migrator {
            var reader = VariableReader()
            let environment = WorkerEnvironment(&reader, app: "migrate")
            let configuration = DatabaseConfiguration(&reader, environment: environment)
            try reader.finish()
            let migrations = try directory.map { try NoviMigrations.all(in: $0) } ?? NoviMigrations.all()
            return try Migrator(migrations, settings: configuration.settings, options: options)
        }
    }

    /// The command `noviWorker migrate status`.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows which migrations are applied and which are not."
        )

        @OptionGroup var options: Options

        @Flag(help: "Exit with status 3 unless everything is applied.")
        var check = false

        func run() async throws {
            try await reportingFailures(of: "migrate status") {
                let plan = try await options.migrator().plan()
                let page = MigrationPage(plan: plan)
                print(options.json ? page.json : page.text)
                if check, plan.entries.contains(where: { $0.state != .applied && $0.state != .unknown }) {
                    throw ExitCode(3)
                }
            }
        }
    }

    /// The command `noviWorker migrate up`.
    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Applies what is pending, in order.")

        @OptionGroup var options: Options

        @OptionGroup var limits: LimitOptions

        @Option(help: "The last version to apply.")
        var to: String?

        @Flag(help: "Only show what would be done.")
        var dryRun = false

        func run() async throws {
            try await reportingFailures(of: "migrate up") {
                let migrator = try options.migrator(limits.values)
                if dryRun {
                    let plan = try await migrator.plan()
                    if let obstacle = plan.obstacle { throw obstacle }
                    let pending = plan.pending.filter { migration in
                        to.map { migration.version <= $0 } ?? true
                    }
                    let steps = pending.map { Migrator.Step(migration: $0, isUp: true, duration: .zero) }
                    return print(MigrationSteps(steps: steps, isDryRun: true).rendered(asJSON: options.json))
                }
                let isJSON = options.json
                let steps = try await migrator.up(to: to) { step in
                    if !isJSON { print(MigrationSteps.line(step)) }
                }
                let done = MigrationSteps(steps: steps, isDryRun: false)
                print(isJSON ? done.json : done.summary)
            }
        }
    }

    /// The command `noviWorker migrate down`.
    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes back the last migration, or several.",
            discussion:
                "Almost every way back destroys data, so it asks for --allow-destructive: make a backup first."
        )

        @OptionGroup var options: Options

        @OptionGroup var limits: LimitOptions

        @Option(help: "How many migrations to take back.")
        var steps = 1

        @Option(help: "Take back everything after this version; 0 for all.")
        var to: String?

        func validate() throws {
            if steps < 1 { throw ValidationError("--steps must be at least 1") }
        }

        func run() async throws {
            try await reportingFailures(of: "migrate down") {
                let isJSON = options.json
                let steps = try await options.migrator(limits.values).down(count: steps, to: to) { step in
                    if !isJSON { print(MigrationSteps.line(step)) }
                }
                let done = MigrationSteps(steps: steps, isDryRun: false)
                print(isJSON ? done.json : done.summary)
            }
        }
    }

    /// What `up` and `down` take.
    struct LimitOptions: ParsableArguments {
        @Flag(help: "Let migrations run that drop or rewrite.")
        var allowDestructive = false

        @Option(help: "The most that a migration waits for a table's lock, in milliseconds.")
        var lockTimeout: Int = 5000

        @Option(help: "The most that another migrator is waited for, in seconds.")
        var wait: Int = 60

        func validate() throws {
            guard 1...3_600_000 ~= lockTimeout else {
                throw ValidationError("--lock-timeout must be 1 to 3600000")
            }
            guard 1...86_400 ~= wait else { throw ValidationError("--wait must be 1 to 86400") }
        }

        /// As the migrator takes them.
        var values: Migrator.Options {
            var options = Migrator.Options()
            options.allowsDestructive = allowDestructive
            options.lockTimeout = .milliseconds(lockTimeout)
            options.turnTimeout = .seconds(wait)
            return options
        }
    }

    /// The command `noviWorker migrate new`.
    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes the two files of a new migration.",
            discussion: """
                The version is the present time in UTC. In Novi's own sources run scripts/embed-migrations.sh afterwards: \
                it puts the files into the program.
                """
        )

        @Argument(help: "What it is about: small letters, digits and _.")
        var name: String

        @Option(help: "Folder of the files.")
        var directory = "Sources/noviWorker/Migrations"

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await reportingFailures(of: "migrate new") {
                let files = try NewMigration(name: name, directory: directory, now: .now()).write()
                if json {
                    let object: JSONObject = ["files": .array(files.map { .string($0) })]
                    return print(
                        String(decoding: JSONValue.object(object).serialized(pretty: true), as: UTF8.self)
                    )
                }
                for file in files { print("made \(file)") }
            }
        }
    }
}
