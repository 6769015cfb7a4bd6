// Placeholder until the configuration lands; delete it then.
import Shared

enum NearestName { static func find(_ text: String, among: [String]) -> String? { nil } }
struct ConfigurationChange {
    var fields: [String] = []
    var needsRestart = false
    init(from: AppDefinition, to: AppDefinition) {}
}
