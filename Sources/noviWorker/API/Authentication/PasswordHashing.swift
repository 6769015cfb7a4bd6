import Dispatch
import Synchronization

/// Hashes passwords away from the event loops, two at a time; more wait in line, and a line that is too long is told so.
///
/// Hashing is meant to be slow. Without a bound a crowd of logins would take all cores and 16 MiB each.
final class PasswordHashing: Sendable {
    private let queue = DispatchQueue(label: "com.novi.passwords", attributes: .concurrent)
    private let permits = DispatchSemaphore(value: PasswordHashing.concurrency)
    private let waiting = Mutex(0)
    private let cost: PasswordHash.Cost

    /// Compared with when there is no such account, so that the answer takes as long as for one.
    private let dummy: PasswordHash

    private static let concurrency = 2
    private static let maximumWaiting = 32

    /// Makes a hashing.
    init(cost: PasswordHash.Cost = .standard) throws {
        self.cost = cost
        dummy = try PasswordHash(PasswordRules.random(), cost: cost)
    }

    /// The hash of a new password, as text.
    func hash(_ password: String) async throws -> String {
        let cost = cost
        return try await run { try PasswordHash(password, cost: cost).text }
    }

    /// Whether a password is that of a hash; without a hash it takes as long as with one.
    ///
    /// - Parameters:
    ///   - password: What somebody typed.
    ///   - text: The kept hash; `nil` when there is no account, or none that may sign in.
    /// - Returns: What came out.
    /// - Throws: ``APIFailure/busy`` when too many wait already.
    func check(_ password: String, against text: String?) async throws -> Verdict {
        if let text, BcryptHash.isOne(text) {
            return try await run { BcryptHash.matches(password, text) } ? .rightButOutdated : .wrong
        }
        let hash = text.flatMap { PasswordHash($0) }
        let compared = hash ?? dummy
        let isRight = try await run { try compared.matches(password) }
        guard isRight, hash != nil else { return .wrong }
        return compared.cost == cost ? .right : .rightButOutdated
    }

    /// What came out of a check.
    enum Verdict {
        case wrong
        case right
        /// Right, and it should be hashed anew with the present cost.
        case rightButOutdated
    }

    private func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result
    {
        let isAdmitted = waiting.withLock { waiting in
            guard waiting < Self.maximumWaiting else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else { throw APIFailure.busy }
        defer { waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                self.permits.wait()
                defer { self.permits.signal() }
                continuation.resume(with: Swift.Result { try body() })
            }
        }
    }
}
