import CZlib

/// Compresses a text once for all who ask for it (RFC 1952).
enum GzipText {
    /// The text in gzip's form; `nil` when zlib has no memory.
    static func compressed(_ text: String) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window, and 16 for gzip's head and tail instead of zlib's (zlib.h, deflateInit2).
        let begun = deflateInit2_(
            &stream,
            Z_BEST_COMPRESSION,
            Z_DEFLATED,
            15 + 16,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard begun == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = Array(text.utf8)
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(input.count))))
        let size: Int? = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : nil
            }
        }
        return size.map { Array(output[..<$0]) }
    }
}
