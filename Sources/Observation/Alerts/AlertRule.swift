/// When something is told, and when it is over.
public struct AlertRule: Hashable, Sendable {
    /// What it is about.
    public var type: AlertType
    /// From which value on.
    public var limit: Double
    /// Below which value it is over; less than the limit, so that a value at the limit does not ring again and again.
    public var clear: Double
    /// How long the value must be there.
    public var raiseAfter: Duration
    /// How long it must be gone.
    public var clearAfter: Duration
    /// How many measurements of it there must be, such as requests.
    public var minimumSamples: Int
    /// How bad it is.
    public var severity: Severity
    /// Whether it is told at all.
    public var isOn = true

    /// Makes a rule.
    public init(
        _ type: AlertType,
        limit: Double,
        clear: Double? = nil,
        raiseAfter: Duration = .zero,
        clearAfter: Duration = .seconds(60),
        minimumSamples: Int = 0,
        severity: Severity
    ) {
        self.type = type
        self.limit = limit
        self.clear = clear ?? limit
        self.raiseAfter = raiseAfter
        self.clearAfter = clearAfter
        self.minimumSamples = minimumSamples
        self.severity = severity
    }

    /// The rules that hold where the configuration says nothing (rows A2, A9 to A12, section A2).
    public static let standard: [AlertRule] = [
        AlertRule(.hostCPU, limit: 80, clear: 75, raiseAfter: .seconds(60), severity: .p3),
        AlertRule(.hostMemory, limit: 85, clear: 80, raiseAfter: .seconds(60), severity: .p2),
        AlertRule(.hostDisk, limit: 90, clear: 88, raiseAfter: .seconds(60), severity: .p2),
        AlertRule(
            .heapHigh,
            limit: 500 * mebibyte,
            clear: 450 * mebibyte,
            raiseAfter: .seconds(30),
            severity: .p3
        ),
        AlertRule(
            .heapCritical,
            limit: 800 * mebibyte,
            clear: 720 * mebibyte,
            raiseAfter: .seconds(10),
            severity: .p2
        ),
        AlertRule(
            .errorRate,
            limit: 5,
            clear: 2,
            raiseAfter: .seconds(30),
            minimumSamples: 20,
            severity: .p2
        ),
        AlertRule(
            .slow,
            limit: 2000,
            clear: 1600,
            raiseAfter: .seconds(300),
            minimumSamples: 20,
            severity: .p3
        ),
        AlertRule(
            .verySlow,
            limit: 5000,
            clear: 4000,
            raiseAfter: .seconds(300),
            minimumSamples: 20,
            severity: .p2
        ),
        AlertRule(.whatsAppDown, limit: 300, clear: 1, clearAfter: .zero, severity: .p1),
        AlertRule(.databaseDown, limit: 1, raiseAfter: .seconds(10), clearAfter: .seconds(10), severity: .p2),
        AlertRule(.appEnded, limit: 1, clearAfter: .seconds(10), severity: .p2),
        AlertRule(.appDown, limit: 30, clear: 1, clearAfter: .seconds(10), severity: .p1),
        AlertRule(.restarts, limit: 3, clear: 1, severity: .p3),
        AlertRule(.logDropped, limit: 1, clearAfter: .seconds(300), severity: .p3),
        AlertRule(.messagesGivenUp, limit: 1, clearAfter: .zero, severity: .p3),
        AlertRule(.backupAge, limit: 26 * 3600, clear: 25 * 3600, severity: .p2),
        AlertRule(.supervisorDown, limit: 1, raiseAfter: .seconds(10), clearAfter: .zero, severity: .p1),
    ]

    private static let mebibyte = 1_048_576.0
}
