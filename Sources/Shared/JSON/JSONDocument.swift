/// A JSON text with the place of every value, for files that people write.
public struct JSONDocument: Sendable {
    /// The document.
    public let root: JSONValue
    private let bytes: [UInt8]
    private let values: [JSONPath: Int]
    private let keys: [JSONPath: Int]
    /// Keys that are there a second time in their object: the path, and the place of the repetition; the first 1000.
    public let duplicateKeys: [(path: JSONPath, line: Int, column: Int)]
    /// Whether there are more of them than ``duplicateKeys`` tells.
    public let hasMoreDuplicateKeys: Bool

    /// The longest file that is read, in bytes.
    public static let maximumBytes = 8 << 20

    /// Reads a file.
    ///
    /// A UTF-8 byte order mark at its start, as some editors write it, is skipped.
    ///
    /// - Throws: ``JSONSyntaxError`` with the place of the first mistake.
    public static func parse(
        _ bytes: [UInt8],
        maximumBytes: Int = JSONDocument.maximumBytes
    ) throws(JSONSyntaxError) -> JSONDocument {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes
        var parser = JSONParser(text, limits: JSONLimits(bytes: maximumBytes), recordsPlaces: true)
        do {
            let root = try parser.document()
            return JSONDocument(root: root, bytes: text, places: parser.places)
        } catch {
            // The place that people see has no room for an invisible mark; the offset is one into the given bytes.
            var error = error
            error.offset += bytes.count - text.count
            throw error
        }
    }

    /// What became of a file that was read as far as it makes sense.
    public struct Reading: Sendable {
        /// The document; `nil` when a mistake could not be read over.
        public var document: JSONDocument?
        /// Everything that is no JSON, in the order of the text; with any of it the document must not be used as if it were.
        public var mistakes: [JSONSyntaxError]
    }

    /// Reads a file as far as it makes sense, so that one mistake does not hide the others.
    ///
    /// Comments and commas before a closing bracket are gone over and told; the first mistake of another kind ends the
    /// reading.
    ///
    /// - Parameter bytes: The file, without a byte order mark.
    /// - Returns: What could be read, and what is wrong.
    public static func read(_ bytes: [UInt8]) -> Reading {
        let limits = JSONLimits(bytes: maximumBytes)
        var parser = JSONParser(bytes, limits: limits, recordsPlaces: true, tolerates: true)
        do throws(JSONSyntaxError) {
            let root = try parser.document()
            let document = JSONDocument(root: root, bytes: bytes, places: parser.places)
            return Reading(document: document, mistakes: parser.tolerated.errors(in: bytes))
        } catch {
            return Reading(document: nil, mistakes: parser.tolerated.errors(in: bytes) + [error])
        }
    }

    private init(root: JSONValue, bytes: [UInt8], places: JSONPlaces) {
        self.root = root
        self.bytes = bytes
        values = places.values
        keys = places.keys
        hasMoreDuplicateKeys = places.hasMoreDuplicates
        var cursor = JSONPlaceCursor()
        duplicateKeys = places.duplicates.map { duplicate in
            cursor.advance(to: duplicate.offset, in: bytes)
            return (duplicate.path, cursor.line, cursor.column)
        }
    }

    /// Where a member's key, or else the value, starts.
    ///
    /// `nil` for a path that is not in the text, or lies behind the first 100,000 values of it.
    public func position(of path: JSONPath) -> (line: Int, column: Int)? {
        guard let offset = keys[path] ?? values[path] else { return nil }
        return JSONParser.place(of: offset, in: bytes)
    }
}
