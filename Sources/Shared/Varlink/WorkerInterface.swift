/// The interface that every Novi worker serves on its own socket.
public enum WorkerInterface {
    /// The interface's name.
    public static let name = "com.novi.Worker"

    /// The text, the same as `docs/varlink/com.novi.Worker.varlink`.
    public static let description = #"""
        # What every Novi worker serves on its own socket.
        interface com.novi.Worker

        # Memory of the worker: heap in use, heap taken from the kernel, resident memory outside the heap, all resident memory.
        type Memory (heap_used_bytes: int, heap_total_bytes: int, external_bytes: int, rss_bytes: int)

        # Tells what the worker is doing. since is RFC 3339 in UTC; details differ from worker to worker.
        method GetStatus() -> (
          app: string,
          state: string,
          ready: bool,
          status: string,
          since: string,
          memory: Memory,
          details: object
        )

        # Gives memory back: evicts caches, trims the heap, measures again.
        method Cleanup() -> (before: Memory, after: Memory)

        # Tells the status at once and, with "more", after every change.
        method Subscribe() -> (
          app: string,
          state: string,
          ready: bool,
          status: string,
          since: string,
          memory: Memory,
          details: object
        )

        # Stops taking new work.
        method Drain() -> ()

        # This worker cannot do that.
        error NotSupported (reason: string)

        """#
}
