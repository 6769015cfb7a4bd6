import Hummingbird

// What the framework can do at best: one route with a fixed answer, no middleware, no log. For comparison only; never shipped.
let router = Router()
router.get("/health/live") { _, _ in
    Response(
        status: .ok,
        headers: [.contentType: "application/json; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"status":"alive"}"#))
    )
}
let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3999
let application = Application(
    router: router,
    configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port))
)
try await application.runService()
