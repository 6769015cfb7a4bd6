import Foundation
import Shared
import Testing

/// What a released version of the interface promised holds in every later one: an old command line speaks to a new daemon and
/// a new one to an old daemon.
struct InterfaceCompatibilityTests {
    typealias Interface = VarlinkInterfaceDescription

    private static func released(_ version: String) throws -> Interface {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("docs/varlink/\(version)/\(SupervisorInterface.name).varlink")
        return try Interface(parsing: String(contentsOf: file, encoding: .utf8))
    }

    /// What an old client or an old daemon would miss.
    private static func breaks(from old: Interface, to new: Interface) -> [String] {
        var found: [String] = []
        for (name, method) in old.methods.sorted(by: { $0.key < $1.key }) {
            guard let present = new.methods[name] else {
                found.append("method \(name) is gone")
                continue
            }
            found += fields("input of \(name)", method.input, present.input)
            found += fields("output of \(name)", method.output, present.output)
            for field in present.input where !method.input.contains(where: { $0.name == field.name }) {
                guard case .optional = field.type else {
                    found.append("input of \(name): old clients do not send \(field.name)")
                    continue
                }
            }
        }
        for (name, type) in old.types.sorted(by: { $0.key < $1.key }) {
            guard case .structure(let before) = type, case .structure(let after)? = new.types[name] else {
                if new.types[name] != type { found.append("type \(name) is another") }
                continue
            }
            found += fields("type \(name)", before, after)
        }
        for (name, before) in old.errors.sorted(by: { $0.key < $1.key }) {
            guard let after = new.errors[name] else {
                found.append("error \(name) is gone")
                continue
            }
            found += fields("error \(name)", before, after)
        }
        return found
    }

    private static func fields(
        _ place: String,
        _ old: [Interface.Field],
        _ new: [Interface.Field]
    ) -> [String] {
        old.compactMap { field in
            guard let present = new.first(where: { $0.name == field.name }) else {
                return "\(place): \(field.name) is gone"
            }
            return present.type == field.type ? nil : "\(place): \(field.name) is another type"
        }
    }

    @Test(arguments: ["0.1"])
    func `the present interface keeps what a released one promised`(version: String) throws {
        let present = try Interface(parsing: SupervisorInterface.description)
        #expect(Self.breaks(from: try Self.released(version), to: present) == [])
    }

    @Test func `a change that breaks an old side is found`() throws {
        let old = try Interface(
            parsing: "interface a.b\ntype T (x: int)\nmethod M(i: string) -> (o: T)\nerror E ()"
        )
        let new = try Interface(
            parsing: "interface a.b\ntype T (x: string)\nmethod M(i: string, j: int) -> ()"
        )
        #expect(
            Self.breaks(from: old, to: new) == [
                "output of M: o is gone", "input of M: old clients do not send j",
                "type T: x is another type",
                "error E is gone",
            ]
        )
        let added =
            "interface a.b\ntype T (x: int, y: ?int)\nmethod M(i: string, j: ?int) -> (o: T)\nerror E ()"
        #expect(Self.breaks(from: old, to: try Interface(parsing: added)) == [])
    }
}
