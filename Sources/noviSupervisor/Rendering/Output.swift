import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// Standard output and error of a command.
enum Output {
    /// Writes to standard output; a closed pipe ends the command quietly, any other failure with a message.
    static func write(_ text: String) {
        send(Array(text.utf8), to: 1)
    }

    /// Writes bytes to standard output as they are.
    static func write(bytes: [UInt8]) {
        send(bytes, to: 1)
    }

    /// Writes a line to standard output.
    static func line(_ text: String) {
        write("\(text)\n")
    }

    /// Writes a JSON document for scripts on one line, with the number of its schema in front.
    static func json(_ members: JSONObject) {
        line(document(members))
    }

    /// A JSON document for scripts: `{"schema":1,…}`.
    static func document(_ members: JSONObject) -> String {
        var document: JSONObject = ["schema": 1]
        for (key, value) in members {
            document[key] = value
        }
        return String(decoding: JSONValue.object(document).serialized(), as: UTF8.self)
    }

    /// Writes a line to standard error, in ASCII where the locale has no more.
    static func complain(_ text: String) {
        let shown = Style(noColor: true, descriptor: 2).shown(text)
        send(Array("\(shown)\n".utf8), to: 2)
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) {
        do throws(SystemError) {
            let target = Descriptor(descriptor)
            defer { _ = target.take() }
            try target.writeAll(bytes)
        } catch {
            // Nobody can be told that nobody can be told.
            guard descriptor == 1 else { return }
            // The reader has had enough (`logs | head`): nothing is wrong.
            if error.errorNumber == EPIPE { Process.end(0) }
            complain(
                "noviSupervisor: cannot write to standard output: \(SystemError.text(of: error.errorNumber))"
            )
            Process.end(ExitStatus.failed.rawValue)
        }
    }
}
