import Glibc
import LinuxSystem
import Shared

/// The arrival of this image by an upgrade in place: what the image before handed over, and the way back to it.
///
/// The daemon works on duplicates. The descriptors of the hand-over itself stay as they are until this image is good
/// (``commit()``), so that the former one finds them under the same numbers if it has to go on.
final class Arrival {
    /// What was handed over.
    let handover: Handover
    /// Why the upgrade failed, if this is the former image that goes on.
    let failure: String?
    private let memory: Descriptor
    private let originals: [Descriptor]

    /// How long this image may take until it is good, in seconds.
    static let patience: UInt32 = 20

    /// Reads the hand-over that the arguments name, and arms the way back unless this is one.
    ///
    /// The arguments are looked at one by one: they may be those of another version.
    ///
    /// - Parameters:
    ///   - arguments: All arguments, without the program's name.
    ///   - inherited: Gets duplicates of the kept descriptors.
    /// - Returns: `nil` when there was no upgrade.
    /// - Throws: `StartFailure` for a hand-over that cannot be read.
    static func read(
        _ arguments: [String],
        into inherited: InheritedDescriptors
    ) throws(StartFailure) -> Arrival? {
        guard let number = value(of: "--handover-fd", in: arguments).flatMap({ Int32($0) }),
            !arguments.contains("--rehearse")
        else { return nil }
        let failure = value(of: "--upgrade-failed", in: arguments)
        var arrival: Arrival?
        do {
            let memory = Descriptor(number)
            try MemoryFile.rewind(number)
            let handover = try Handover(decoding: try memory.readAll(upTo: Handover.maximumBytes))
            let present = Arrival(handover, failure, memory)
            arrival = present
            if failure == nil { present.arm() }
            try present.duplicate(into: inherited)
            return present
        } catch {
            arrival?.giveUp("\(error)")
            throw StartFailure(message: "cannot take over from the image before: \(error)")
        }
    }

    private init(_ handover: Handover, _ failure: String?, _ memory: Descriptor) {
        self.handover = handover
        self.failure = failure
        self.memory = memory
        originals = handover.descriptors.filter { Descriptor.isOpen($0.number) }.map { Descriptor($0.number) }
    }

    private static func value(of option: String, in arguments: [String]) -> String? {
        arguments.lastIndex(of: option).flatMap { index in
            arguments.indices.contains(index + 1) ? arguments[index + 1] : nil
        }
    }

    private func arm() {
        guard let program = handover.descriptors.first(where: { $0.name == Handover.Name.program }) else {
            return
        }
        WayBack.arm(
            program: program.number,
            arguments: handover.wayBack(memory.rawValue),
            seconds: Self.patience
        )
    }

    private func duplicate(into inherited: InheritedDescriptors) throws(SystemError) {
        // There are twice as many for a moment; what children get is in the hand-over.
        if let limit = try? ResourceLimits.current(.openFiles) {
            try? ResourceLimits.set(SpawnPlan.ResourceLimit(.openFiles, soft: limit.hard, hard: limit.hard))
        }
        for entry in handover.descriptors where entry.name != Handover.Name.program {
            guard Descriptor.isOpen(entry.number) else { continue }
            inherited.add(try Descriptor.duplicate(of: entry.number), named: entry.name)
        }
    }

    /// This image is good: there is no way back any more.
    func commit() {
        WayBack.disarm()
        for descriptor in originals { descriptor.close() }
        memory.close()
    }

    /// Lets the former image go on; returns when that fails.
    func giveUp(_ reason: String) {
        guard failure == nil else { return }
        let error = WayBack.take(reason)
        StandardDescriptors.complain("noviSupervisord: \(error)")
    }
}
