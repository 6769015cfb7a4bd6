import Shared

extension Duration {
    /// The duration in one short word, for columns: `12s`, `5m`, `3h`, `2d`.
    public var columnText: String {
        let seconds = wholeMilliseconds / 1000
        return switch seconds {
        case ..<60: "\(max(0, seconds))s"
        case ..<3600: "\(seconds / 60)m"
        case ..<86_400: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }
}
