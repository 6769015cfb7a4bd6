import LinuxSystem

/// Lines that tell whether one is missing, doubled or damaged.
enum Flood {
    /// Writes lines `NUMBER FILLER CHECKSUM` until so many bytes are out.
    ///
    /// The number has ten digits; the checksum is FNV-1a of all before it, eight hexadecimal digits. A line with its line
    /// end has `lineLength` bytes, at least 22.
    /// After every 4 KiB it waits for so many milliseconds: a steady load instead of all at once.
    static func write(bytes: Int, lineLength: Int, pauseMilliseconds: Int) {
        let length = max(22, lineLength)
        var buffer: [UInt8] = []
        buffer.reserveCapacity(65_536 + length)
        var number = 0
        var written = 0
        while written < bytes {
            appendLine(number, length, to: &buffer)
            number += 1
            written += length
            if buffer.count >= 4096 {
                Output.write(buffer)
                buffer.removeAll(keepingCapacity: true)
                if pauseMilliseconds > 0 { Waiting.milliseconds(pauseMilliseconds) }
            }
        }
        Output.write(buffer)
    }

    /// Writes such lines one at a time, for ever.
    static func tick(milliseconds: Int) {
        var number = 0
        while true {
            var line: [UInt8] = []
            appendLine(number, 60, to: &line)
            Output.write(line)
            number += 1
            Waiting.milliseconds(milliseconds)
        }
    }

    private static func appendLine(_ number: Int, _ length: Int, to buffer: inout [UInt8]) {
        let start = buffer.count
        var digits = number
        buffer += [UInt8](repeating: UInt8(ascii: "0"), count: 10)
        var place = buffer.count - 1
        while digits > 0, place >= start {
            buffer[place] += UInt8(digits % 10)
            digits /= 10
            place -= 1
        }
        buffer.append(UInt8(ascii: " "))
        // 10 digits, 2 spaces, 8 digits, line end.
        for index in 0..<(length - 21) {
            buffer.append(UInt8(ascii: "a") + UInt8((number + index) % 26))
        }
        buffer.append(UInt8(ascii: " "))
        var hash: UInt32 = 2_166_136_261
        for byte in buffer[start...] {
            hash = (hash ^ UInt32(byte)) &* 16_777_619
        }
        for shift in stride(from: 28, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: hash >> UInt32(shift)) & 15
            buffer.append(digit < 10 ? 48 + digit : 87 + digit)
        }
        buffer.append(10)
    }
}
