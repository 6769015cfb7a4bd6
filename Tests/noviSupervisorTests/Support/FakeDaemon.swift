import Foundation
import LinuxSystem
import Shared

/// Answers on a real control socket by a script, one step for each call that comes.
final class FakeDaemon: @unchecked Sendable {
    /// What the daemon does about one call.
    enum Step {
        /// Sends replies, each split into pieces of so many bytes.
        case replies([VarlinkReply], pieces: Int = 65_536)
        /// Sends bytes as they are.
        case bytes([UInt8])
        /// Sends bytes and hangs up.
        case bytesThenClose([UInt8])
        /// Hangs up without a word.
        case close
        /// Hangs up without a word and takes the next client, as a daemon that was killed and its successor do.
        case closeOnce
        /// Says nothing at all.
        case silence
    }

    let layout: HomeLayout
    private let listener: Descriptor
    private let lock = NSLock()
    private var recorded: [VarlinkCall] = []
    private let finished = DispatchSemaphore(value: 0)

    /// Listens in a layout, on its control socket unless another one is given; `takesCalls` false never reads what is sent.
    init(_ layout: HomeLayout, _ steps: [Step], takesCalls: Bool = true, at path: String? = nil) throws {
        self.layout = layout
        listener = try UnixSocket.listen(path ?? layout.controlSocket)
        let fd = listener.rawValue
        let thread = Thread { [self] in
            serve(fd, steps, takesCalls: takesCalls)
            finished.signal()
        }
        thread.start()
    }

    /// The calls that came so far.
    var calls: [VarlinkCall] { lock.withLock { recorded } }

    private func serve(_ fd: Int32, _ steps: [Step], takesCalls: Bool) {
        guard var client = Self.accept(fd) else { return }
        guard takesCalls else {
            // Held open until the client gives up, which POLLHUP tells without being asked for.
            var watch = pollfd(fd: client.rawValue, events: 0, revents: 0)
            _ = poll(&watch, 1, 20_000)
            return
        }
        for step in steps {
            while !readCall(client) {
                guard let next = Self.accept(fd) else { return }
                client = next
            }
            do {
                switch step {
                case .replies(let replies, let size):
                    for reply in replies {
                        var rest = reply.encoded()[...]
                        while !rest.isEmpty {
                            try client.writeAll(Array(rest.prefix(size)))
                            rest = rest.dropFirst(size)
                        }
                    }
                case .bytes(let bytes): try client.writeAll(bytes)
                case .bytesThenClose(let bytes):
                    try client.writeAll(bytes)
                    client.close()
                    return
                case .close:
                    client.close()
                    return
                case .closeOnce:
                    client.close()
                    guard let next = Self.accept(fd) else { return }
                    client = next
                case .silence: continue
                }
            } catch {
                return
            }
        }
        // The connection stays until the client has had enough.
        _ = readCall(client)
    }

    private static func accept(_ fd: Int32) -> Descriptor? {
        var watch = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        guard poll(&watch, 1, 20_000) > 0, let (client, _) = try? UnixSocket.accept(fd) else { return nil }
        try? client.setNonBlocking(false)
        return client
    }

    /// Reads one call; false when the client hung up.
    private func readCall(_ client: Descriptor) -> Bool {
        var decoder = VarlinkFrameDecoder(maximumFrameBytes: 1 << 20)
        while true {
            guard let bytes = try? client.read(upTo: 65_536), !bytes.isEmpty else { return false }
            decoder.append(bytes)
            guard let frame = try? decoder.next() else { continue }
            if let value = try? JSONValue(parsing: frame), let call = try? VarlinkCall(parsing: value) {
                lock.withLock { recorded.append(call) }
            }
            return true
        }
    }
}
