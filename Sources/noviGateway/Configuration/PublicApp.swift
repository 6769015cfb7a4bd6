/// An app that the public board tells of, under a name for strangers.
struct PublicApp: Equatable, Sendable {
    /// The app's name.
    let app: String

    /// What the board calls it.
    let label: String

    /// Reads `api=Orders on the web,whatsapp=Orders by WhatsApp`; a name without a label is shown as it is.
    ///
    /// - Returns: The apps; `nil` when the text is no such list.
    static func list(_ text: String) -> [PublicApp]? {
        var apps: [PublicApp] = []
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                trimmed($0)
            }
            guard let app = pair.first, !app.isEmpty, !app.contains(" ") else { return nil }
            let label = pair.count > 1 ? pair[1] : app
            guard !label.isEmpty, label.count <= 80 else { return nil }
            apps.append(PublicApp(app: app, label: label))
        }
        return apps.isEmpty || apps.count > 50 ? nil : apps
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
