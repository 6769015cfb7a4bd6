/// What a reader does not get, and is told.
extension MergedLogs {
    /// Skips what a reader that is too slow will not get any more (F20).
    ///
    /// What lies before it when it begins to read is no lag, however much it is.
    ///
    /// - Parameter limit: How many bytes a log may get ahead.
    /// - Returns: Which logs were skipped, and how many bytes of each.
    public func skipBacklogs(above limit: Int64) -> [(source: Int, bytes: Int64)] {
        var skipped: [(source: Int, bytes: Int64)] = []
        for index in readings.indices where !readings[index].hasEnded {
            let backlog = readings[index].tail.backlog
            let allowance = min(backlog, readings[index].allowance ?? backlog)
            readings[index].allowance = allowance
            guard backlog - allowance > limit else { continue }
            skipped.append((index, readings[index].tail.skipToEnd()))
            readings[index].allowance = 0
            if unfinished == index { unfinished = nil }
        }
        return skipped
    }

    /// Hands over what happened to the logs that cost lines; a damaged archive once.
    public func takeSurprises() -> [(source: Int, surprise: LogSurprise)] {
        var found = damagedArchives.map { (source: $0.source, surprise: LogSurprise.damaged(path: $0.path)) }
        damagedArchives = []
        for index in readings.indices {
            found += readings[index].tail.takeSurprises().map { (index, $0) }
        }
        return found.filter { entry in
            guard case .damaged(let path) = entry.surprise else { return true }
            return toldArchives.insert(path).inserted
        }
    }
}
