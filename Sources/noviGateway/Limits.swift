/// The bounds of what the gateway asks, keeps and answers.
enum Limits {
    /// Time between two looks at the supervisor, while history is kept or somebody watches.
    static let interval: Duration = .seconds(1)

    /// Time between two looks when their figures would be for nobody.
    static let idleInterval: Duration = .seconds(10)

    /// How many seconds of figures are written to the history's files together: the most that a killed gateway loses.
    static let historyWriteSeconds: Int64 = 10

    /// How many looks wait for a disk that stalls.
    static let historyBacklog = 60

    /// The least time between two looks, however much happens.
    static let shortestRest: Duration = .milliseconds(200)

    /// An older state is not told to somebody who asks once.
    static let freshness: Duration = .milliseconds(1500)

    /// How long a scrape of `/metrics` counts as somebody who watches.
    static let scrapeInterest: Duration = .seconds(60)

    /// Time between two questions to a worker; their figures are of the last minute anyway.
    static let workerInterval: Duration = .seconds(5)

    /// Time between two looks at counters that `List` does not tell, while somebody watches.
    static let countersInterval: Duration = .seconds(30)

    /// The same while nobody does.
    static let unwatchedCountersInterval: Duration = .seconds(300)

    /// The longest wait for an answer of the daemon.
    static let daemonWait: Duration = .seconds(5)

    /// The longest wait for an answer of a worker.
    static let workerWait: Duration = .seconds(2)

    /// The longest wait for an action to be done.
    static let actionWait: Duration = .seconds(60)

    /// The longest message from the daemon, in bytes.
    static let messageBytes = 5 << 20

    /// The most processes that are kept and shown.
    static let processes = 2000

    /// The most workers that are asked.
    static let workers = 64

    /// The events that are kept.
    static let events = 1000

    /// The seconds of which every figure is kept in memory.
    static let recentSeconds = 300

    /// The most points of one series in an answer.
    static let seriesPoints = 600

    /// The same where the series of all processes are asked for at once.
    static let smallSeriesPoints = 75

    /// The most ends of one process that are told.
    static let ends = 20

    /// The most points of the curve before an end.
    static let endPoints = 120

    /// Open streams at the same time.
    static let streams = 32

    /// Messages that wait for a stream that reads too slowly; with one more it is ended.
    static let streamBacklog = 30

    /// Connections at the same time.
    static let connections = 256

    /// The longest request head, in bytes.
    static let headBytes = 16 << 10

    /// The longest body of a request, in bytes.
    static let bodyBytes = 4096

    /// How long a connection may be silent, in seconds.
    static let idleSeconds: Int64 = 75

    /// The most lines of logs in an answer.
    static let logLines = 1000

    /// The longest part of a log line in an answer, in bytes.
    static let logLineBytes = 4096

    /// Logs that are read at the same time.
    static let logReaders = 2

    /// Questions to logs of which is remembered how far they were read.
    static let logTails = 4

    /// How long that is remembered for a question that is not asked again.
    static let logTailRest: Duration = .seconds(15)

    /// The longest text that logs are searched for, in bytes.
    static let searchBytes = 200

    /// The messages of WhatsApp's outbox that are shown.
    static let outboxMessages = 5

    /// The shortest token, in bytes.
    static let tokenBytes = 16

    /// The longest path of a Unix socket, in bytes (unix(7)).
    static let socketPathBytes = 107

    /// The largest file of alert rules, in bytes.
    static let alertsFileBytes = 1 << 20
}
