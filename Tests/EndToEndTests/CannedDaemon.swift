import Foundation
import LinuxSystem
import Shared

/// Answers on a socket what it was given, the same to each call of a method; what it has no answer for waits.
///
/// A screen can be held against a golden file only when what it shows does not move.
final class CannedDaemon: @unchecked Sendable {
    private let listener: Descriptor
    private let answers: [String: JSONObject]

    /// Listens on a socket, of a daemon or of a worker; the answers are by the names of methods.
    init(_ path: String, _ answers: [String: JSONObject]) throws {
        self.answers = answers
        listener = try UnixSocket.listen(path)
        let fd = listener.rawValue
        Thread { [answers] in
            // Ends with the listener, which the test closes.
            while true {
                var watch = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
                guard poll(&watch, 1, 120_000) > 0, watch.revents & Int16(POLLNVAL) == 0,
                    let accepted = try? UnixSocket.accept(fd)
                else { return }
                let client = Client(accepted.0)
                Thread { client.serve(answers) }.start()
            }
        }
        .start()
    }

    /// One connection, which belongs to its thread.
    private final class Client: @unchecked Sendable {
        private let socket: Descriptor

        init(_ socket: Descriptor) {
            self.socket = socket
            try? socket.setNonBlocking(false)
        }

        func serve(_ answers: [String: JSONObject]) {
            var decoder = VarlinkFrameDecoder(maximumFrameBytes: 1 << 20)
            while let bytes = try? socket.read(upTo: 65_536), !bytes.isEmpty {
                decoder.append(bytes)
                while let frame = try? decoder.next() {
                    guard let value = try? JSONValue(parsing: frame),
                        let call = try? VarlinkCall(parsing: value),
                        let method = call.method.split(separator: ".").last,
                        let answer = answers[String(method)]
                    else { continue }
                    try? socket.writeAll(VarlinkReply(parameters: answer).encoded())
                }
            }
        }
    }
}
