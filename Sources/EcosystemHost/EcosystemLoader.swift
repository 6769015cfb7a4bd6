import Glibc
public import Shared
public import SupervisorCore

/// Loads an ecosystem file, or takes a command line, as it applies on this machine.
///
/// Used by the CLI (`start`, `check`) and by the daemon when it is told to read its files again. Nothing is changed
/// anywhere: what is done with the apps is the caller's business.
public struct EcosystemLoader: Sendable {
    /// The caller's environment, which apps inherit; `nil` when they get a minimal one (a service).
    public var inheritedEnvironment: [String: String]?
    /// What running apps of this file inherited when they were started, for reading it again
    /// (``AppDefinition/inheritedEnvironment``).
    public var storedEnvironments: [AppName: [String: String]] = [:]
    /// Which `env_NAME` is in force; `nil` for none.
    public var environmentName: String?
    /// Only these apps or namespaces and what they depend on; empty for all.
    public var selection: [String] = []
    /// The absolute folder of the apps' data, which a switched user must be able to enter.
    public var stateDirectory: String?
    private let host: LinuxHostFacts

    /// Makes a loader.
    public init(inheritingEnvironment environment: [String: String]?) {
        inheritedEnvironment = environment
        host = LinuxHostFacts()
    }

    /// Reads and resolves a file.
    ///
    /// - Parameter path: The file, absolute or relative to the current folder; a folder stands for its
    ///   `ecosystem.json`.
    /// - Returns: The apps, none when there is an error among the issues.
    public func load(_ path: String) -> AppResolution.Result {
        var absolute = FilePath.absolute(path, in: Self.currentFolder())
        var shown = path
        if let attributes = try? host.attributes(of: absolute), attributes.kind == .directory {
            absolute = FilePath.absolute("ecosystem.json", in: absolute)
            shown = path.hasSuffix("/") ? "\(path)ecosystem.json" : "\(path)/ecosystem.json"
        }
        do {
            let bytes = try host.contents(of: absolute, limit: ConfigurationLimits.maximumFileBytes)
            let content = EcosystemFile.parse(bytes, fileName: shown)
            return resolve(content, directory: FilePath.parent(of: absolute), source: absolute)
        } catch {
            let hint: String? =
                switch error {
                case .missing: "name a file, or write one: {\"apps\": [{\"script\": \"./server\"}]}"
                default: nil
                }
            let issue = ConfigurationIssue(file: shown, message: "cannot read the file: \(error)", hint: hint)
            return AppResolution.Result(apps: [], issues: [issue])
        }
    }

    /// Takes an app from the command line, relative to the current folder.
    public func load(_ commandLine: AppCommandLine) -> AppResolution.Result {
        var result = resolve(commandLine.declaration(), directory: Self.currentFolder(), source: nil)
        result.issues = result.issues.map(AppCommandLine.namingOptions)
        return result
    }

    /// The environment of this process.
    public static func processEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            // What is no UTF-8 cannot be handed on as text, and is left out.
            if let pair = String(validatingCString: text), let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry = entry.successor()
        }
        return variables
    }

    private func resolve(
        _ content: EcosystemFile.Content,
        directory: String,
        source: String?
    ) -> AppResolution.Result {
        var context = ResolutionContext(
            directory: directory,
            source: source,
            inheritedEnvironment: inheritedEnvironment,
            conditionEnvironment: inheritedEnvironment ?? Self.processEnvironment()
        )
        for stored in storedEnvironments.values {
            context.conditionEnvironment.merge(stored) { own, _ in own }
        }
        context.storedEnvironments = storedEnvironments
        context.environmentName = environmentName
        context.selection = selection
        context.stateDirectory = stateDirectory
        // What is wrong with the machine is told together with what is wrong in the file.
        var result = AppResolution.resolve(content.apps, in: context, host: host)
        result.issues = (content.issues + result.issues).inFileOrder
        if result.issues.containsErrors { result.apps = [] }
        return result
    }

    private static func currentFolder() -> String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(validatingCString: path) ?? "/"
    }
}
