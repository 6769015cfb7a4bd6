import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// The page and its files, which lie in the program; the public board; whether the gateway lives.
///
/// Nothing of the page is secret: what it shows it asks for with the token.
struct PageRoutes: Sendable {
    let configuration: GatewayConfiguration
    let collector: Collector

    /// Adds the routes.
    func add(to router: Router<GatewayContext>) {
        for file in EmbeddedPage.files where file.name != Self.boardName {
            let path = file.name == "index.html" ? "/" : "/\(file.name)"
            let asset = Asset(file)
            router.get(RouterPath(path)) { request, _ in asset.response(to: request) }
            router.head(RouterPath(path)) { request, _ in asset.response(to: request).createHeadResponse() }
        }
        router.get("/health") { _, _ in Response.json(["status": "alive"]) }
        guard !configuration.publicApps.isEmpty else { return }
        router.get("/status") { request, _ in await board(request) }
    }

    private static let boardName = "status.html"

    private func board(_ request: Request) async -> Response {
        let board = PublicBoard(configuration.publicApps, await collector.state)
        if request.headers[.accept]?.contains("application/json") == true { return .json(board.json) }
        let template = EmbeddedPage.files.first { $0.name == Self.boardName }?.text ?? "{{lines}}"
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .vary: "Accept",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: board.html(template)))
        )
    }

    /// One file, ready to be sent; asked for again, it is not sent again.
    private struct Asset: Sendable {
        private let plain: ByteBuffer
        private let compressed: ByteBuffer?
        private let type: String
        private let tag: String

        init(_ file: EmbeddedPage.File) {
            plain = ByteBuffer(string: file.text)
            compressed = GzipText.compressed(file.text).map { ByteBuffer(bytes: $0) }
            type = Self.type(of: file.name)
            // FNV-1a: it only has to change with the text.
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in file.text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            tag = "\"\(String(hash, radix: 16))\""
        }

        func response(to request: Request) -> Response {
            var headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache", .vary: "Accept-Encoding"]
            if request.headers[.ifNoneMatch] == tag {
                return Response(status: .notModified, headers: headers)
            }
            headers[.contentType] = type
            var body = plain
            if let compressed, request.headers[.acceptEncoding]?.contains("gzip") == true {
                headers[.contentEncoding] = "gzip"
                body = compressed
            }
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }

        private static func type(of name: String) -> String {
            switch name.split(separator: ".").last {
            case "html": "text/html; charset=utf-8"
            case "css": "text/css; charset=utf-8"
            case "js": "text/javascript; charset=utf-8"
            case "svg": "image/svg+xml"
            default: "application/octet-stream"
            }
        }
    }
}
