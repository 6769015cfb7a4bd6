import Shared

/// Reads the text of an ecosystem file: the apps in it, and everything that is wrong, at once.
public enum EcosystemFile {
    /// What a file holds.
    public struct Content: Hashable, Sendable {
        /// The apps that could be read, in the file's order.
        public var apps: [AppDeclaration]
        /// Everything found; with an error among them the apps must not be used.
        public var issues: [ConfigurationIssue]
    }

    private static let appKeys = ["apps", "pm2"]
    private static let silentKeys = ["deploy", "contacts", "$schema"]
    private static let allKeys = appKeys + silentKeys + ["static"]

    /// Reads a file.
    ///
    /// Accepted are `{"apps": […]}`, a bare list of apps and one bare app, as in PM2, all in strict JSON. Comments and trailing
    /// commas are mistakes that do not hide the others.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - fileName: Its name for messages.
    /// - Returns: The apps and everything found.
    public static func parse(_ bytes: [UInt8], fileName: String) -> Content {
        var text = bytes[...]
        func failure(_ message: String, at position: SourcePosition? = nil, hint: String? = nil) -> Content {
            let issue = ConfigurationIssue(file: fileName, position: position, message: message, hint: hint)
            return Content(apps: [], issues: [issue])
        }
        guard bytes.count <= ConfigurationLimits.maximumFileBytes else {
            return failure("larger than \(ConfigurationLimits.maximumFileBytes >> 20) MiB; not read")
        }
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        if text.starts(with: [0xFF, 0xFE]) || text.starts(with: [0xFE, 0xFF]) {
            return failure(
                "UTF-16 text",
                at: SourcePosition(line: 1, column: 1),
                hint: "save the file as UTF-8"
            )
        }
        guard text.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) else {
            return failure("the file is empty", hint: "write at least {\"apps\": []}")
        }
        let reading = JSONDocument.read(Array(text))
        if !reading.mistakes.isEmpty, isJavaScript(fileName) {
            return failure("this is JavaScript, which is not evaluated", hint: conversion(of: fileName))
        }
        var content =
            reading.document.map { read($0, fileName: fileName) } ?? Content(apps: [], issues: [])
        content.issues =
            reading.mistakes.map { mistake in
                ConfigurationIssue(
                    file: fileName,
                    position: SourcePosition(line: mistake.line, column: mistake.column),
                    message: mistake.reason,
                    hint: hint(for: mistake, in: text)
                )
            } + content.issues
        return content
    }

    /// Whether a name is one of PM2's for files that it evaluates: `pm2.config.js`, `ecosystem.config.cjs`.
    public static func isJavaScript(_ fileName: String) -> Bool {
        ["js", "cjs", "mjs"].contains { fileName.hasSuffix(".config.\($0)") }
    }

    /// How a file of JavaScript becomes one of JSON; `import` takes both kinds of modules.
    private static func conversion(of fileName: String) -> String {
        let isPlain = !fileName.contains { "\"'\\$`".contains($0) || $0.isNewline }
        let isPath = ["/", "./", "../"].contains { fileName.hasPrefix($0) }
        let path = isPlain ? (isPath ? fileName : "./\(fileName)") : "FILE"
        return "write it as JSON: node -e 'import(\"\(path)\")"
            + ".then(m => console.log(JSON.stringify(m.default, null, 2)))' > ecosystem.json"
    }

    /// PM2 evaluates its files as JavaScript; what comes from there is named.
    private static func hint(for error: JSONSyntaxError, in text: ArraySlice<UInt8>) -> String? {
        let index = text.startIndex + error.offset
        guard error.offset >= 0, index < text.endIndex else { return "the end of the file is missing" }
        switch text[index] {
        case UInt8(ascii: "/"), UInt8(ascii: "#"): return "JSON has no comments"
        case UInt8(ascii: "'"): return "JSON has double quotes only"
        case 0: return "the file holds a NUL character; was it written by half?"
        case UInt8(ascii: "}"), UInt8(ascii: "]"): return "is there a comma too many before it?"
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
            return "keys and texts stand in double quotes; JavaScript is not evaluated"
        default: return nil
        }
    }

    private static func read(_ document: JSONDocument, fileName: String) -> Content {
        let issues = IssueCollector(file: fileName, document: document)
        let root = SettingReader(value: document.root, path: JSONPath(), issues: issues)
        let apps = entries(of: root)
        if apps.count > ConfigurationLimits.maximumApps {
            root.report("\(apps.count) apps; at most \(ConfigurationLimits.maximumApps) are run")
        }
        let entries = apps.prefix(ConfigurationLimits.maximumApps)
            .compactMap(AppDeclarationReader.readEntry)
        let declarations = entries.compactMap(\.app)
        for issue in DeclarationChecks.issues(in: declarations, named: entries.map(\.name)) {
            issues.add(issue)
        }
        return Content(apps: declarations, issues: issues.issues)
    }

    /// Finds the list of apps in what PM2 accepts as a file.
    private static func entries(of root: SettingReader) -> [SettingReader] {
        switch root.value {
        case .array: return root.elements()
        case .object(let object):
            let isBareApp = object.keys.contains { AppSetting(key: $0) == .script }
            if isBareApp, !object.keys.contains(where: appKeys.contains) { return [root] }
            return entries(of: root.members() ?? [], root: root)
        default:
            root.expected("an object with \"apps\"")
            return []
        }
    }

    private static func entries(
        of members: [(key: String, reader: SettingReader)],
        root: SettingReader
    ) -> [SettingReader] {
        var apps: [SettingReader]?
        for (key, reader) in members {
            if appKeys.contains(key) {
                guard case .array = reader.value else {
                    reader.expected("a list of apps")
                    apps = apps ?? []
                    continue
                }
                apps = (apps ?? []) + reader.elements()
            } else if key == "static" {
                reader.report("static servers are not supported yet", severity: .warning)
            } else if !silentKeys.contains(key) {
                reader.report("unknown key" + NearestName.suggestion(for: key, among: allKeys))
            }
        }
        if apps == nil {
            root.report("no \"apps\" in it", hint: "write {\"apps\": [{\"script\": \"./server\"}]}")
        }
        return apps ?? []
    }
}
