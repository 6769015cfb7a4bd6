/// Checks the addresses of `listen`: `tcp://HOST:PORT` with a numeric host or `localhost`, `unix:///PATH`.
///
/// Names other than `localhost` are refused: looking them up could block, and could give another answer tomorrow.
public enum ListenAddress {
    /// Says what is wrong with an address; `nil` when nothing is.
    public static func problem(with text: String) -> String? {
        if text.hasPrefix("unix://") {
            let path = text.dropFirst(7)
            guard path.hasPrefix("/"), path.utf8.count > 1, !path.hasSuffix("/") else {
                return "the path of a Unix socket must be absolute"
            }
            guard path.utf8.count <= ConfigurationLimits.maximumSocketPathBytes else {
                return
                    "the path of a Unix socket has at most \(ConfigurationLimits.maximumSocketPathBytes) bytes"
            }
            return path.unicodeScalars.contains(where: \.isControl)
                ? "the path holds a control character" : nil
        }
        guard text.hasPrefix("tcp://") else { return "neither a \"tcp://\" nor a \"unix://\" address" }
        let rest = text.dropFirst(6)
        guard let colon = rest.lastIndex(of: ":") else { return "the port is missing" }
        let host = rest[..<colon]
        let port = rest[rest.index(after: colon)...]
        guard let number = UInt16(port), number > 0, String(number) == port else {
            return "\"\(port.prefix(20))\" is no port: 1 to 65535"
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return isIPv6(host.dropFirst().dropLast()) ? nil : "\"\(host.prefix(60))\" is no IPv6 address"
        }
        guard host == "localhost" || isIPv4(host) else {
            return "the host \"\(host.prefix(60))\" is neither numeric nor localhost"
        }
        return nil
    }

    private static func isIPv4(_ host: Substring) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0).map(String.init) == String($0) }
    }

    private static func isIPv6(_ host: Substring) -> Bool {
        var groups = 0
        var gaps = 0
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.count <= 9 else { return false }
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                // "::" makes one empty part, or two at either end of the address.
                let isEdge =
                    (index == 0 && parts[1].isEmpty) || (index == parts.count - 1 && parts[index - 1].isEmpty)
                if !isEdge { gaps += 1 }
                continue
            }
            guard part.utf8.count <= 4, part.utf8.first != 0x2B, UInt16(part, radix: 16) != nil else {
                return false
            }
            groups += 1
        }
        return gaps == 0 ? groups == 8 : gaps == 1 && groups < 8
    }
}
