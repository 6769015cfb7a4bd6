import Glibc
import OrderMessages
import Shared

// How many messages a second the order reader reads on one core: all cases of the files, again and again, for some seconds.
//   OrderReaderBench SECONDS FILE …
// Prints messages per second of the wall clock and of CPU time, and the resident memory early and at the end.

func bytes(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        guard count > 0 else { return bytes }
        bytes += buffer[..<count]
    }
}

func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The resident pages of this process.
func residentKiB() -> Int {
    let fields = bytes(of: "/proc/self/statm").split(separator: 0x20)
    let pages = fields.count > 1 ? Int(String(decoding: fields[1], as: UTF8.self)) ?? 0 : 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024
}

func complain(_ text: String) {
    _ = write(STDERR_FILENO, text + "\n", text.utf8.count + 1)
}

let arguments = CommandLine.arguments.dropFirst()
guard let limit = arguments.first.flatMap(Double.init), arguments.count > 1 else {
    complain("usage: OrderReaderBench SECONDS FILE …")
    exit(64)
}
var messages: [(message: ReceivedMessage, parser: MessageParser)] = []
for path in arguments.dropFirst() {
    let (cases, problems) = ParseCase.read(try JSONValue(parsing: bytes(of: path)))
    guard problems.isEmpty else {
        complain("\(path): \(problems.map(\.description).joined(separator: "\n"))")
        exit(65)
    }
    for one in cases where !one.message.isFromMe {
        // The cases are from Lagos, an hour ahead all year.
        let today = TimeZoneRules(fixedOffset: 3600).day(at: one.now ?? 0)
        messages.append((one.message, MessageParser(today: today)))
    }
}
let size = messages.reduce(0) { $0 + $1.message.text.utf8.count } / max(1, messages.count)

var read = 0
var orders = 0
for _ in 0..<20 {
    for one in messages {
        if case .orders = one.parser.parse(one.message).reading { orders += 1 }
    }
}
guard orders > 0 else {
    complain("no message was an order")
    exit(1)
}
let earlyKiB = residentKiB()
let wallStart = seconds(CLOCK_MONOTONIC)
let cpuStart = seconds(CLOCK_PROCESS_CPUTIME_ID)
repeat {
    for one in messages {
        if case .orders = one.parser.parse(one.message).reading { orders += 1 }
    }
    read += messages.count
} while seconds(CLOCK_MONOTONIC) - wallStart < limit
let wall = seconds(CLOCK_MONOTONIC) - wallStart
let cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpuStart
print(
    "\(read) messages of \(size) bytes on average: \(Int(Double(read) / wall)) messages/s, \(Int(Double(read) / cpu)) per second of CPU; "
        + "resident \(earlyKiB) KiB early, \(residentKiB()) KiB at the end"
)
