import LinuxSystem
import LogFiles
import Shared
import SupervisorClient
import SupervisorCore

/// Something that a reader of a log does not get, or is told besides its lines.
struct LogRemark {
    /// The stable word, for machines.
    var word: String
    /// The sentence for people.
    var message: String
    /// The log.
    var path: String
    /// How much is missing, where that is known.
    var amount: JSONObject = [:]

    /// Bytes that a reader too slow does not get (F20).
    static func skipped(_ bytes: Int64, of path: String) -> LogRemark {
        LogRemark(
            word: "skipped",
            message: "this reader is too slow; \(ByteCount(bytes)) of \(path) left out",
            path: path,
            amount: ["bytes": .integer(bytes)]
        )
    }

    /// What is there and cannot be read as a log.
    static func noFile(_ path: String) -> LogRemark {
        LogRemark(
            word: "no_file",
            message: "\(path) is no regular file; nothing of it is read",
            path: path
        )
    }

    /// What happened to a log; a damaged archive is told with its own path.
    init(_ surprise: LogSurprise, of path: String) {
        switch surprise {
        case .cut:
            self.init(
                word: "cut",
                message: "\(path) was cut or rewritten; it is read from its new beginning",
                path: path
            )
        case .lost:
            self.init(
                word: "lost",
                message: "the file of \(path) that was read is gone; the next one that is there is read",
                path: path
            )
        case .missing(let files):
            self.init(
                word: "missing",
                message:
                    "\(files) rotated \(files == 1 ? "file" : "files") of \(path) were removed before they were read",
                path: path,
                amount: ["files": .integer(Int64(files))]
            )
        case .damaged(let archive):
            self.init(
                word: "damaged",
                message: "\(archive) is damaged; lines of it are missing",
                path: archive
            )
        }
    }

    private init(word: String, message: String, path: String, amount: JSONObject = [:]) {
        self.word = word
        self.message = message
        self.path = path
        self.amount = amount
    }

    /// The record among those of lines.
    func record(of file: LogFile, at time: [UInt8]) -> [UInt8] {
        var object: JSONObject = [
            "schema": 1, "message": .string(message),
            "timestamp": .string(String(decoding: time, as: UTF8.self)),
            "type": "novi", "process_id": .null, "app_name": .string(file.origin.process.app.rawValue),
            "level": "warning", "notice": .string(word), "path": .string(path),
        ]
        for (key, value) in amount { object[key] = value }
        return JSONValue.object(object).serialized()
    }

    /// The files that are there and are no regular ones.
    static func ofFiles(_ files: [LogFile]) -> [(source: Int, remark: LogRemark)] {
        files.enumerated().compactMap { index, file in
            switch (try? FileStatus(path: file.path, followsLinks: false))?.kind {
            case nil, .regular, .symbolicLink: nil
            case .directory, .socket, .fifo, .device, .unknown: (index, .noFile(file.path))
            }
        }
    }
}
