/// Faults on demand, which workers serve with `NOVI_FAULTS=1`.
public enum WorkerFaultsInterface {
    /// The interface's name.
    public static let name = "com.novi.WorkerFaults"

    /// The text, the same as `docs/varlink/com.novi.WorkerFaults.varlink`.
    public static let description = #"""
        # Faults on demand, for demonstrations and tests; served only with NOVI_FAULTS=1.
        interface com.novi.WorkerFaults

        # Takes memory and touches every page. Evictable memory is freed by com.novi.Worker.Cleanup.
        method AllocateMemory(bytes: int, evictable: bool) -> (held_bytes: int)

        # Frees all of it.
        method FreeMemory() -> ()

        # There is not that much memory, or more was asked for than the interface hands out.
        error OutOfMemory (held_bytes: int)

        """#
}
