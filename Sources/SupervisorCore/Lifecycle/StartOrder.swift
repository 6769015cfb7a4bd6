public import Shared

/// The order that dependencies ask for.
public enum StartOrder {
    /// Finds a cycle.
    ///
    /// - Parameter dependencies: For each app the apps it depends on; apps that are not keys are ignored.
    /// - Returns: The apps of one cycle in order, the first one repeated at the end, or `nil` when there is none.
    public static func cycle(in dependencies: [AppName: [AppName]]) -> [AppName]? {
        var finished: Set<AppName> = []
        for start in dependencies.keys.sorted() where !finished.contains(start) {
            var path: [AppName] = [start]
            var branches: [[AppName]] = [dependencies[start] ?? []]
            while let current = path.last {
                guard let next = branches[branches.count - 1].popLast() else {
                    finished.insert(current)
                    path.removeLast()
                    branches.removeLast()
                    continue
                }
                if let first = path.firstIndex(of: next) {
                    return Array(path[first...]) + [next]
                }
                guard !finished.contains(next), let further = dependencies[next] else { continue }
                path.append(next)
                branches.append(further)
            }
        }
        return nil
    }
}
