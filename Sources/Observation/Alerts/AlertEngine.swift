/// Judges signals by rules: what is raised, what is still there, what is over.
///
/// A value: no clock, no I/O.
///
/// A signal must stay at its limit for a while before it is told, and below another limit for a while before it is over. One that is
/// there together with its cause is noted, and told only as a number with the cause. Of each there is one reminder an hour until
/// somebody takes it on.
public struct AlertEngine: Sendable {
    /// How long a value is on its way, up or down.
    private struct Trend: Sendable {
        /// Since when it is at the limit or above.
        var highSince: Int64?
        /// Since when it is below the other one.
        var lowSince: Int64?
        /// When there was a signal last.
        var seenAt: Int64
    }

    private var rules: [AlertType: AlertRule]
    private var trends: [AlertKey: Trend] = [:]
    var open: [AlertKey: Alert] = [:]
    var silences: [Silence] = []
    var nextID = 1

    /// How long nobody is reminded, in seconds.
    public static let reminderInterval: Int64 = 3600
    /// The most alerts at a time; what is beyond is not told.
    public static let maximumAlerts = 1000
    /// After how long without a word of it a value counts as gone, in seconds: an app that was deleted has no error rate.
    public static let silenceOfSignal: Int64 = 120

    /// Makes an engine.
    ///
    /// - Parameter rules: The rules; of each type the last one counts.
    public init(rules: [AlertRule] = AlertRule.standard) {
        self.rules = Dictionary(rules.map { ($0.type, $0) }) { $1 }
    }

    /// The alerts that are there, the worst and oldest first.
    public var alerts: [Alert] {
        open.values.sorted { ($0.severity, $0.raisedAt, $0.id) < ($1.severity, $1.raisedAt, $1.id) }
    }

    /// Takes the values of now.
    ///
    /// - Parameters:
    ///   - signals: One for each type and subject.
    ///   - now: Seconds since 1970; a clock that goes back only delays.
    /// - Returns: What is to be told, the worst first.
    public mutating func take(_ signals: [AlertSignal], at now: Int64) -> [AlertChange] {
        silences.removeAll { $0.until <= now }
        var changes: [AlertChange] = []
        var seen: Set<AlertKey> = []
        // Causes before their consequences, so that one look at both tells only the cause.
        for signal in signals.sorted(by: { $0.type.causes.count < $1.type.causes.count }) {
            let key = AlertKey(type: signal.type, subject: signal.subject)
            guard let rule = rules[signal.type], rule.isOn, seen.insert(key).inserted, signal.value.isFinite
            else {
                continue
            }
            follow(signal, key, rule, now)
            if let change = judge(signal, key, rule, now) { changes.append(change) }
        }
        changes += forget(besides: seen, now)
        changes += reminders(now)
        return changes.sorted { $0.alert.severity < $1.alert.severity }
    }

    /// An alert of an earlier process is looked at as if its value had been there all the time.
    mutating func restore(_ alert: Alert) {
        trends[alert.key] = Trend(highSince: alert.raisedAt, seenAt: alert.toldAt)
    }

    private mutating func follow(_ signal: AlertSignal, _ key: AlertKey, _ rule: AlertRule, _ now: Int64) {
        var trend = trends[key] ?? Trend(seenAt: now)
        trend.seenAt = now
        let isHigh = signal.value >= rule.limit && signal.samples >= rule.minimumSamples
        trend.highSince = isHigh ? trend.highSince ?? now : nil
        let isLow = signal.value < rule.clear
        trend.lowSince = isLow ? trend.lowSince ?? now : nil
        trends[key] = trend
    }

    private mutating func judge(
        _ signal: AlertSignal,
        _ key: AlertKey,
        _ rule: AlertRule,
        _ now: Int64
    ) -> AlertChange? {
        let trend = trends[key]
        if let alert = open[key] {
            guard let since = trend?.lowSince, now - since >= rule.clearAfter.components.seconds else {
                return nil
            }
            return resolve(alert, now)
        }
        guard let since = trend?.highSince, now - since >= rule.raiseAfter.components.seconds,
            open.count < Self.maximumAlerts
        else { return nil }
        let cause = open.values.first { other in
            key.type.causes.contains(other.type) && other.cause == nil
                && (!other.type.explainsOneApp || other.subject == key.subject)
        }
        let alert = Alert(
            id: nextID,
            type: key.type,
            subject: key.subject,
            severity: rule.severity,
            message: signal.text,
            raisedAt: now,
            toldAt: now,
            cause: cause?.id
        )
        nextID += 1
        open[key] = alert
        return change(.raised, alert, now)
    }

    private mutating func resolve(_ alert: Alert, _ now: Int64) -> AlertChange {
        open[alert.key] = nil
        let change = change(.resolved, alert, now)
        // What is still there when its cause is over stands for itself, and is told when the next reminder would be.
        for (key, other) in open where other.cause == alert.id { open[key]?.cause = nil }
        return change
    }

    /// Values that nobody tells any more are gone.
    private mutating func forget(besides seen: Set<AlertKey>, _ now: Int64) -> [AlertChange] {
        var changes: [AlertChange] = []
        for (key, trend) in trends where !seen.contains(key) && now - trend.seenAt >= Self.silenceOfSignal {
            trends[key] = nil
            if let alert = open[key] { changes.append(resolve(alert, now)) }
        }
        return changes
    }

    private mutating func reminders(_ now: Int64) -> [AlertChange] {
        var changes: [AlertChange] = []
        for (key, alert) in open
        where alert.acknowledged == nil && alert.cause == nil && now - alert.toldAt >= Self.reminderInterval {
            open[key]?.toldAt = now
            changes.append(change(.reminder, alert, now))
        }
        return changes
    }

    private func change(_ kind: AlertChange.Kind, _ alert: Alert, _ now: Int64) -> AlertChange {
        AlertChange(
            kind: kind,
            alert: alert,
            length: max(0, now - alert.raisedAt),
            consequences: open.values.filter { $0.cause == alert.id }.count,
            isSilent: alert.cause != nil || silences.contains { $0.covers(alert.key, at: now) }
        )
    }

    // MARK: - What people do

    /// Notes that somebody takes an alert on.
    ///
    /// - Returns: Whether there is such an alert.
    public mutating func acknowledge(_ id: Int, by name: String, at now: Int64) -> Bool {
        guard let key = open.first(where: { $0.value.id == id })?.key else { return false }
        open[key]?.acknowledged = Alert.Acknowledgement(name: name, at: now)
        return true
    }

    /// Has nobody told for a while.
    ///
    /// - Returns: The silence.
    public mutating func silence(
        _ type: AlertType?,
        subject: String?,
        until: Int64,
        reason: String
    ) -> Silence {
        let silence = Silence(id: nextID, type: type, subject: subject, until: until, reason: reason)
        nextID += 1
        silences.append(silence)
        if silences.count > Self.maximumAlerts { silences.removeFirst() }
        return silence
    }

    /// Ends a silence.
    ///
    /// - Returns: Whether there was one.
    public mutating func endSilence(_ id: Int) -> Bool {
        let before = silences.count
        silences.removeAll { $0.id == id }
        return silences.count < before
    }

    /// The silences that are not over.
    public var activeSilences: [Silence] { silences }
}
