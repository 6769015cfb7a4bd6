import Logging
import Postgres
import ServiceLifecycle
import WorkerSupport

/// Decides whether the API takes work: there is a database with this program's schema, and somebody can sign in.
struct Readiness: Service {
    /// What database and schema are like; only the newest counts.
    let states: AsyncStream<DatabaseReadiness.State>

    /// Makes the first user.
    let firstUser: FirstUser

    /// Where the database is, for people.
    let address: String

    let board: WorkerStatusBoard
    let drain: DrainSwitch
    let log: WorkerLog

    private static let retry: Duration = .seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await state in states {
                switch state {
                case .waiting(let reason): tell(state: "degraded", isReady: false, text: reason)
                case .ready: await becomeReady()
                }
            }
        }
    }

    /// Tries until there is a user; a database that goes meanwhile is told with the next state.
    private func becomeReady() async {
        var told = ""
        while !Task.isCancelled {
            do {
                if try await firstUser.makeIfNeeded() {
                    log.operations.notice(
                        "made the first user; e-mail address and password are in \(firstUser.path)"
                    )
                }
                return tell(state: "ready", isReady: true, text: "ready · database \(address)")
            } catch let error as DatabaseError where error.isUnavailable {
                return
            } catch {
                if told != "\(error)" {
                    log.operations.error("cannot make the first user, trying again: \(error)")
                }
                told = "\(error)"
                tell(state: "degraded", isReady: false, text: "cannot make the first user: \(error)")
            }
            try? await Task.sleep(for: Self.retry)
        }
    }

    private func tell(state: String, isReady: Bool, text: String) {
        guard !drain.isOn else { return }
        board.update(state: state, isReady: isReady, text: text)
    }
}
