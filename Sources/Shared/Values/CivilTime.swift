/// A date and time of day as a wall clock shows it.
public struct CivilTime: Hashable, Sendable {
    /// The year.
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    /// 0 to 23.
    public var hour: Int
    /// 0 to 59.
    public var minute: Int
    /// 0 to 60.
    public var second: Int
    /// 0 (Sunday) to 6.
    public var weekday: Int
    /// What was added to UTC, in seconds.
    public var secondsFromUTC: Int

    /// Makes a civil time of its parts.
    public init(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0,
        weekday: Int = 0,
        secondsFromUTC: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.weekday = weekday
        self.secondsFromUTC = secondsFromUTC
    }
}
