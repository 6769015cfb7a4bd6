import Shared

/// Programs that run a script, by its extension; the first that is there is taken.
private let interpreters: [String: [String]] = [
    "js": ["node"], "mjs": ["node"], "cjs": ["node"],
    "py": ["python3", "python"],
    "sh": ["bash", "sh"],
    "rb": ["ruby"], "php": ["php"], "pl": ["perl"],
    "ts": ["bun"], "tsx": ["bun"],
]

extension AppResolver {
    /// Finds the program and puts its arguments together.
    mutating func resolveCommand(in directory: String, searchPath: String?) -> AppCommand? {
        let searchPath = searchPath ?? host.defaultSearchPath
        let script = declaration.script
        let path = FilePath.absolute(script, in: directory)
        if let attributes = try? host.attributes(of: path), attributes.kind == .file {
            return command(for: path, attributes: attributes, searchPath: searchPath, directory: directory)
        }
        if script.utf8.contains(where: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }) {
            return commandLine(script, searchPath: searchPath, directory: directory)
        }
        if !script.contains("/"), let program = findProgram(script, searchPath: searchPath, besideUs: true) {
            return withInterpreter(orDirectly: program, searchPath: searchPath, directory: directory)
        }
        reportMissing(script, path: path)
        return nil
    }

    private mutating func reportMissing(_ script: String, path: String) {
        do {
            let attributes = try host.attributes(of: path)
            let what = attributes.kind == .directory ? "a folder" : "not a regular file"
            report("\(path) is \(what)", about: .script, hint: "name the program or file in it")
        } catch {
            if script.contains("/") || error != .missing {
                report("cannot use the script \(path): \(error)", about: .script)
            } else {
                report(
                    "no file \(path), and no program \"\(script)\" in PATH",
                    about: .script,
                    hint: "write a path, or install the program"
                )
            }
        }
    }

    /// A file that exists: by the interpreter asked for, by the one of its extension, or by itself.
    private mutating func command(
        for path: String,
        attributes: FileAttributes,
        searchPath: String,
        directory: String
    ) -> AppCommand? {
        if declaration.interpreter == nil, let names = interpreters[FilePath.fileExtension(of: path)] {
            for name in names {
                if let program = findProgram(name, searchPath: searchPath) {
                    return interpreted(path, by: program)
                }
            }
            report(
                "\(path) needs \(names.joined(separator: " or ")), which is not in PATH",
                about: .script,
                hint: "install it, or name another program as \"interpreter\""
            )
            return nil
        }
        guard declaration.interpreter == nil || declaration.interpreter == "none" else {
            return withInterpreter(orDirectly: path, searchPath: searchPath, directory: directory)
        }
        guard attributes.isExecutableByAnyone else {
            report(
                "\(path) is not executable, and its name tells no interpreter",
                about: .script,
                hint: "chmod +x it, or name the program that runs it as \"interpreter\""
            )
            return nil
        }
        // What cannot be read can still be executed, and then nothing can be said about it.
        if let start = try? host.beginning(of: path, count: 4), !start.starts(with: [0x23, 0x21]),
            start != [0x7F, 0x45, 0x4C, 0x46]
        {
            report(
                "\(path) is neither a program nor a script with a #! line",
                about: .script,
                hint: "start it with a line such as #!/bin/sh, or name the \"interpreter\""
            )
            return nil
        }
        return AppCommand(executable: path, arguments: declaration.arguments)
    }

    private mutating func withInterpreter(
        orDirectly path: String,
        searchPath: String,
        directory: String
    ) -> AppCommand? {
        guard let interpreter = declaration.interpreter, interpreter != "none" else {
            return AppCommand(executable: path, arguments: declaration.arguments)
        }
        if interpreter.contains("/") {
            let program = FilePath.absolute(interpreter, in: directory)
            do {
                let attributes = try host.attributes(of: program)
                guard attributes.kind == .file, attributes.isExecutableByAnyone else {
                    report("\(program) is not a program", about: .interpreter)
                    return nil
                }
                return interpreted(path, by: program)
            } catch {
                report("cannot use the interpreter \(program): \(error)", about: .interpreter)
                return nil
            }
        }
        guard let program = findProgram(interpreter, searchPath: searchPath) else {
            report(
                "no program \"\(interpreter)\" in PATH",
                about: .interpreter,
                hint: "PATH is \(searchPath)"
            )
            return nil
        }
        return interpreted(path, by: program)
    }

    private func interpreted(_ script: String, by program: String) -> AppCommand {
        AppCommand(
            executable: program,
            arguments: declaration.interpreterArguments + [script] + declaration.arguments,
            script: script
        )
    }

    /// A command line: split into words and executed, or given to a shell where only a shell can run it.
    private mutating func commandLine(_ line: String, searchPath: String, directory: String) -> AppCommand? {
        if ShellWords.needsShell(line) {
            guard declaration.arguments.isEmpty else {
                report(
                    "\"args\" cannot be added to a command line for the shell",
                    about: .args,
                    hint: "write the arguments into \"script\""
                )
                return nil
            }
            guard
                let shell = findProgram("bash", searchPath: searchPath)
                    ?? findProgram("sh", searchPath: searchPath)
            else {
                report("needs a shell, and neither bash nor sh is in PATH", about: .script)
                return nil
            }
            return AppCommand(executable: shell, arguments: ["-c", line], script: line)
        }
        do {
            let words = try ShellWords.split(line)
            guard let first = words.first else {
                report("the command line is blank", about: .script)
                return nil
            }
            if first.contains("/") || first.contains(" ") {
                let path = FilePath.absolute(first, in: directory)
                let attributes = try host.attributes(of: path)
                guard attributes.kind == .file, attributes.isExecutableByAnyone else {
                    report("\(path) is not a program", about: .script)
                    return nil
                }
                return AppCommand(
                    executable: path,
                    arguments: Array(words.dropFirst()) + declaration.arguments,
                    script: line
                )
            }
            guard let program = findProgram(first, searchPath: searchPath, besideUs: true) else {
                report("no program \"\(first)\" in PATH", about: .script, hint: "PATH is \(searchPath)")
                return nil
            }
            return AppCommand(
                executable: program,
                arguments: Array(words.dropFirst()) + declaration.arguments,
                script: line
            )
        } catch let error as ShellWords.Failure {
            report(error.message, about: .script)
        } catch {
            report("cannot run \(line): \(error)", about: .script)
        }
        return nil
    }

    /// Looks for a program in the search path.
    ///
    /// With `besideUs` our own folder counts as well. Where it is no part of the search path it comes first: then it
    /// holds our programs only, and an older one installed elsewhere must not be taken instead.
    func findProgram(_ name: String, searchPath: String, besideUs: Bool = false) -> String? {
        var folders = searchPath.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        if besideUs, let own = host.programDirectory, !folders.contains(own) { folders.insert(own, at: 0) }
        for folder in folders {
            let path = FilePath.absolute(name, in: folder)
            if let attributes = try? host.attributes(of: path), attributes.kind == .file,
                attributes.isExecutableByAnyone
            {
                return path
            }
        }
        return nil
    }
}
