// swift-tools-version: 6.2
import PackageDescription

// The supervisor must build in seconds and alone. `NOVI_PARTS=supervisor` leaves the worker and its server
// libraries out of the graph, for work on the supervisor and for hosts that run other people's apps only.
let includesWorker = Context.environment["NOVI_PARTS"] != "supervisor"

let common: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]
let pure = common + [.strictMemorySafety()]

// Programs at a fixed address: the dynamic loader has no 40,000 addresses to correct at each start, which would also make
// those pages private memory of every process. Stack, heap and libraries stay randomised. See docs/ARCHITECTURE.md.
let fixedAddress: [LinkerSetting] = [
    .unsafeFlags(["-Xclang-linker", "-no-pie"], .when(configuration: .release))
]

var dependencies: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
]

var targets: [Target] = [
    // The only C here: what Swift cannot see of Linux, and the child between clone and exec.
    .target(name: "CSupervisorShims"),

    // The contract between all programs: values, JSON, Varlink, control messages. No I/O.
    .target(name: "Shared", swiftSettings: pure),

    // From a WhatsApp message to an order: commands, fields, drafts, answers. No I/O, no clock, no randomness.
    .target(name: "OrderMessages", dependencies: ["Shared"], swiftSettings: pure),

    // Meta's Cloud API as values: webhooks, requests, errors, pace. No I/O, no clock, no randomness.
    .target(name: "WhatsAppCloud", dependencies: ["Shared"], swiftSettings: pure),

    // Every decision: configuration, lifecycle, health. No I/O, no clock, no randomness.
    .target(name: "SupervisorCore", dependencies: ["Shared"], swiftSettings: pure),

    // One type per kernel object. No policy.
    .target(name: "LinuxSystem", dependencies: ["CSupervisorShims", "Shared"], swiftSettings: common),

    // What lies in a log folder: names, time index, archives; how it is written, kept and read again.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
        name: "LogFiles",
        dependencies: ["Shared", "SupervisorCore", "LinuxSystem", "CZlib"],
        swiftSettings: common
    ),

    // What a configuration asks of this machine: files, users, programs.
    .target(
        name: "EcosystemHost",
        dependencies: ["Shared", "SupervisorCore", "LinuxSystem", "CSupervisorShims"],
        swiftSettings: common
    ),

    // What is seen of apps and host over time, and what of it somebody must be told.
    .target(name: "Observation", dependencies: ["Shared", "LinuxSystem"], swiftSettings: common),

    // What the daemon's clients share: its answers in words, logs as it tells them, text for terminals.
    .target(
        name: "SupervisorClient",
        dependencies: ["Shared", "SupervisorCore", "LinuxSystem", "LogFiles"],
        swiftSettings: common
    ),

    // The daemon.
    .executableTarget(
        name: "noviSupervisord",
        dependencies: ["Shared", "SupervisorCore", "LinuxSystem", "LogFiles", "EcosystemHost"],
        swiftSettings: common,
        linkerSettings: fixedAddress
    ),

    // The daemon's parent where there is no service manager. In C: it must be as small as a process can be. Swift's start
    // routines stay out; its file says how the rest does.
    .executableTarget(
        name: "noviKeeper",
        cSettings: [.unsafeFlags(["-Wall", "-Wextra"]), .treatAllWarnings(as: .error)],
        linkerSettings: [.unsafeFlags(["-nostartfiles"])]
    ),

    // The command line.
    .executableTarget(
        name: "noviSupervisor",
        dependencies: [
            "Shared", "SupervisorCore", "LinuxSystem", "LogFiles", "EcosystemHost", "SupervisorClient",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: common,
        linkerSettings: fixedAddress
    ),

    // The terminal monitor, which `noviSupervisor monit` becomes: a program of its own, so that the command line stays small.
    .target(
        name: "CTerminalShims",
        cSettings: [.unsafeFlags(["-Wall", "-Wextra"]), .treatAllWarnings(as: .error)],
        // Of libncurses-dev; its pkg-config file has flags that the package manager complains of at each build.
        linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]
    ),
    .executableTarget(
        name: "noviMonitor",
        dependencies: [
            "Shared", "SupervisorCore", "LinuxSystem", "LogFiles", "SupervisorClient", "CTerminalShims",
        ],
        swiftSettings: common,
        linkerSettings: fixedAddress
    ),

    // A child that ignores signals, floods, forks, leaks and dies on cue.
    .executableTarget(
        name: "MisbehavingChild",
        dependencies: ["LinuxSystem"],
        path: "Tests/Support/MisbehavingChild",
        swiftSettings: common
    ),

    .testTarget(name: "SharedTests", dependencies: ["Shared"], swiftSettings: common),
    .testTarget(
        name: "OrderMessagesTests",
        dependencies: ["OrderMessages", "Shared"],
        swiftSettings: common
    ),
    .testTarget(
        name: "WhatsAppCloudTests",
        dependencies: ["WhatsAppCloud", "Shared"],
        swiftSettings: common
    ),
    .testTarget(
        name: "SupervisorCoreTests",
        dependencies: ["SupervisorCore", "Shared"],
        swiftSettings: common
    ),
    .testTarget(
        name: "EcosystemHostTests",
        dependencies: ["EcosystemHost", "SupervisorCore", "Shared"],
        swiftSettings: common
    ),
    .testTarget(
        name: "SupervisorSimulationTests",
        dependencies: ["SupervisorCore", "Shared"],
        swiftSettings: common
    ),
    .testTarget(
        name: "LinuxSystemTests",
        dependencies: ["LinuxSystem", "MisbehavingChild"],
        swiftSettings: common
    ),
    .testTarget(
        name: "ObservationTests",
        dependencies: ["Observation", "Shared", "LinuxSystem"],
        swiftSettings: common
    ),
    .testTarget(
        name: "LogFilesTests",
        dependencies: ["LogFiles", "LinuxSystem", "SupervisorCore", "Shared"],
        swiftSettings: common
    ),
    .testTarget(
        name: "noviSupervisorTests",
        dependencies: ["noviSupervisor", "SupervisorClient", "Shared", "SupervisorCore", "LinuxSystem"],
        swiftSettings: common
    ),
    .testTarget(
        name: "noviMonitorTests",
        dependencies: [
            "noviMonitor", "CTerminalShims", "SupervisorClient", "Shared", "SupervisorCore", "LinuxSystem",
        ],
        swiftSettings: common
    ),
    .testTarget(
        name: "noviSupervisordTests",
        dependencies: ["noviSupervisord", "Shared", "SupervisorCore", "LinuxSystem"],
        swiftSettings: common
    ),
    .testTarget(
        name: "EndToEndTests",
        dependencies: [
            "noviSupervisord", "noviSupervisor", "noviMonitor", "MisbehavingChild", "LogFiles", "Shared",
            "LinuxSystem",
        ],
        swiftSettings: common
    ),
]

var products: [Product] = [
    .executable(name: "noviSupervisor", targets: ["noviSupervisor"]),
    .executable(name: "noviSupervisord", targets: ["noviSupervisord"]),
    .executable(name: "noviKeeper", targets: ["noviKeeper"]),
    .executable(name: "noviMonitor", targets: ["noviMonitor"]),
]

if includesWorker {
    dependencies += [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ]
    targets += [
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        // PostgreSQL through libpq: statements, typed rows, a pool, transactions, migrations.
        .target(
            name: "Postgres",
            dependencies: ["Shared", "CPostgres", .product(name: "Logging", package: "swift-log")],
            swiftSettings: common
        ),
        // What every Novi worker shares: reports to the supervisor, its own socket, logging, shutdown.
        .target(
            name: "WorkerSupport",
            dependencies: [
                "Shared", "CSystemd",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: common
        ),
        .executableTarget(
            name: "noviWorker",
            dependencies: [
                "Shared", "OrderMessages", "WhatsAppCloud", "WorkerSupport", "Postgres", "CSystemd", "CCrypt",
                "CHiredis",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Migrations"],
            swiftSettings: common
        ),
        // Metrics, web page and read API of one supervisor; speaks to it over Varlink only.
        .executableTarget(
            name: "noviGateway",
            dependencies: [
                "Shared", "SupervisorCore", "LinuxSystem", "LogFiles", "SupervisorClient", "Observation",
                "WorkerSupport", "CSystemd", "CZlib",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Page"],
            swiftSettings: common
        ),
        // A private PostgreSQL for a test run, a database for each test.
        .target(
            name: "PostgresFixture",
            dependencies: ["Postgres", "CSystemd"],
            path: "Tests/Support/PostgresFixture",
            swiftSettings: common
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                "Postgres", "PostgresFixture", "Shared", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: common
        ),
        .testTarget(
            name: "noviWorkerTests",
            dependencies: [
                "noviWorker", "OrderMessages", "WhatsAppCloud", "WorkerSupport", "Postgres",
                "PostgresFixture", "Shared", "CSystemd",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: common
        ),
        .testTarget(
            name: "noviGatewayTests",
            dependencies: [
                "noviGateway", "WorkerSupport", "Observation", "Shared",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: common
        ),
    ]
    products += [
        .executable(name: "noviWorker", targets: ["noviWorker"]),
        .executable(name: "noviGateway", targets: ["noviGateway"]),
    ]
}

// What only benchmarks need; no build makes it otherwise. First a bare server of the framework, which Benchmarks/api.sh measures
// the worker against.
if Context.environment["NOVI_PARTS"] == "bench" {
    targets.append(
        .executableTarget(
            name: "BareServer",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            path: "Benchmarks/api/bare",
            swiftSettings: common
        )
    )
    // The order reader in a loop, for Benchmarks/parse.sh.
    targets.append(
        .executableTarget(
            name: "OrderReaderBench",
            dependencies: ["OrderMessages", "Shared"],
            path: "Benchmarks/parse",
            swiftSettings: common
        )
    )
}

let package = Package(
    name: "novi",
    products: products,
    dependencies: dependencies,
    targets: targets,
    cLanguageStandard: .gnu17
)
