/// Finds what somebody may have meant: the known name with the fewest edits to the unknown one.
public enum NearestName {
    /// Names longer than this are not compared: the work grows with the product of the lengths.
    public static let maximumLength = 64

    /// Returns the candidate nearest to `text`, or `nil` when none is near enough.
    ///
    /// Near enough is at most two edits (insert, delete, replace, swap of neighbours), or a third of the length
    /// for longer names; never as many as the shorter name has letters. Case does not count. Of equally near ones the first wins.
    public static func find(_ text: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(text.lowercased().unicodeScalars)
        guard !wanted.isEmpty, wanted.count <= maximumLength else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate != text {
            let other = Array(candidate.lowercased().unicodeScalars)
            guard !other.isEmpty, other.count <= maximumLength else { continue }
            let limit = max(2, max(wanted.count, other.count) / 3)
            let distance = distance(wanted, other)
            guard distance <= limit, distance < min(wanted.count, other.count) else { continue }
            if distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// Returns ` (did you mean "NAME"?)` with the nearest candidate, or an empty text when none is near enough.
    public static func suggestion(for text: String, among candidates: some Sequence<String>) -> String {
        guard let name = find(text, among: candidates) else { return "" }
        return " (did you mean \"\(name)\"?)"
    }

    /// The optimal string alignment distance: edits where a pair of letters is swapped at most once.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                var edits = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + cost)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1]
                {
                    edits = min(edits, beforeLast[column - 2] + 1)
                }
                current.append(edits)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
