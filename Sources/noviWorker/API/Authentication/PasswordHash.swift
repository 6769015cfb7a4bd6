import CCrypt
import Crypto
import CryptoExtras

/// A password that was made unreadable: scrypt (RFC 7914) with a salt of its own.
///
///     $scrypt$ln=14,r=8,p=5$<salt>$<key>      both in base64url
///
/// 16 MiB a hash: one of OWASP's equivalent settings (Password Storage Cheat Sheet), chosen so that the hashes of several
/// people at a time leave the worker small. The settings stand in every hash, so they can be raised later.
struct PasswordHash: Equatable, Sendable {
    /// What a guess costs.
    struct Cost: Equatable, Sendable {
        /// The binary logarithm of scrypt's N.
        var logarithm: Int
        /// scrypt's p.
        var parallelism: Int

        /// 2^14, 8, 5: 16 MiB.
        static let standard = Cost(logarithm: 14, parallelism: 5)

        /// scrypt's r; the same everywhere.
        static let blockSize = 8

        /// The costs that are read; a forged hash must not make us work for minutes.
        var isSensible: Bool { (1...17).contains(logarithm) && (1...16).contains(parallelism) }
    }

    let cost: Cost
    private let salt: [UInt8]
    private let key: [UInt8]

    private static let saltBytes = 16
    private static let keyBytes = 32

    /// Hashes a password; takes a tenth of a second of one core.
    init(_ password: String, cost: Cost = .standard) throws {
        self.init(cost: cost, salt: .random(count: Self.saltBytes), key: [])
        self = PasswordHash(cost: cost, salt: salt, key: try derive(password))
    }

    /// Reads a hash; `nil` when it is none.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        let numbers = parts[2].split(separator: ",").map { $0.split(separator: "=") }
        guard numbers.map({ $0.first }) == ["ln", "r", "p"], numbers.allSatisfy({ $0.count == 2 }) else {
            return nil
        }
        let values = numbers.compactMap { Int($0[1]) }
        guard values.count == 3, values[1] == Cost.blockSize else { return nil }
        let cost = Cost(logarithm: values[0], parallelism: values[2])
        guard cost.isSensible, let salt = [UInt8](base64URL: parts[3]),
            let key = [UInt8](base64URL: parts[4]),
            !salt.isEmpty, key.count == Self.keyBytes
        else { return nil }
        self.init(cost: cost, salt: salt, key: key)
    }

    private init(cost: Cost, salt: [UInt8], key: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// As it is kept.
    var text: String {
        "$scrypt$ln=\(cost.logarithm),r=\(Cost.blockSize),p=\(cost.parallelism)$\(salt.base64URL)$\(key.base64URL)"
    }

    /// Whether a password is the one; compares in constant time.
    func matches(_ password: String) throws -> Bool {
        try derive(password).isEqualInConstantTime(to: key)
    }

    private func derive(_ password: String) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            outputByteCount: Self.keyBytes,
            rounds: 1 << cost.logarithm,
            blockSize: Cost.blockSize,
            parallelism: cost.parallelism
        )
        return key.withUnsafeBytes { Array($0) }
    }
}

/// Hashes of accounts that were brought along from another system (`$2a$`, `$2b$`, `$2y$`): read, never made.
enum BcryptHash {
    /// Whether a text is such a hash.
    static func isOne(_ text: String) -> Bool {
        text.utf8.count == 60 && ["$2a$", "$2b$", "$2y$"].contains { text.hasPrefix($0) }
    }

    /// Whether a password is that of the hash (crypt(3)).
    static func matches(_ password: String, _ hash: String) -> Bool {
        var data = crypt_data()
        guard let result = crypt_r(password, hash, &data) else { return false }
        return Array(String(cString: result).utf8).isEqualInConstantTime(to: Array(hash.utf8))
    }
}
