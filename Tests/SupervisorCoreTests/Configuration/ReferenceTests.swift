import Foundation
import Testing

@testable import SupervisorCore

/// Holds docs/CONFIGURATION.md against the keys that the code knows.
@Suite struct ReferenceTests {
    private static let page: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return (try? String(contentsOf: root.appending(path: "docs/CONFIGURATION.md"), encoding: .utf8)) ?? ""
    }()

    /// What stands in code type in the first column of the tables.
    private static let keys: [String] = page.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }
        .flatMap { line in
            let cell = line.dropFirst(2).prefix { $0 != "|" }
            return cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .compactMap { $0.offset % 2 == 1 ? String($0.element) : nil }
        }

    @Test(arguments: AppSetting.allCases) func `every setting is in the reference`(setting: AppSetting) {
        #expect(Self.keys.contains(setting.rawValue))
    }

    @Test func `every key of the reference is a setting`() {
        #expect(Self.keys.count > AppSetting.allCases.count)
        let unknown = Self.keys.filter { AppSetting(key: $0) == nil && $0 != "env_NAME" }
        #expect(unknown == [])
    }

    @Test func `the reference knows every spelling`() {
        let spellings = AppSetting.byKey.keys.filter { !$0.contains(where: \.isUppercase) }
        #expect(Set(spellings).subtracting(Self.keys) == [])
    }
}
