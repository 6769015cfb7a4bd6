import Postgres
import ServiceLifecycle

/// Forgets cached figures of a business as soon as any process changed its orders (LISTEN).
struct CacheInvalidation: Service {
    let cache: FreshCache
    let listener: DatabaseListener

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let events = listener.events(on: [OrderChanges.channel])
            await withDiscardingTaskGroup { group in
                group.addTask { await listener.run() }
                for await event in events {
                    switch event {
                    case .notification(let notification):
                        await cache.forget(OrderChanges.cacheKeys(business: notification.payload))
                    case .missed: await cache.removeAll()
                    }
                }
                group.cancelAll()
            }
        }
    }
}
