/// Figures of the whole machine.
extension ProcFilesystem {
    /// How many processes the kernel's OOM killer has ended since boot; `nil` when it does not tell (Linux 4.13).
    public func oomKillCount() -> Int64? {
        guard let bytes = try? FileContents.read("/proc/vmstat", limit: Limits.processFileBytes) else {
            return nil
        }
        for line in bytes.split(separator: 0x0A) where line.starts(with: Array("oom_kill ".utf8)) {
            return Int64(String(decoding: line.dropFirst(9), as: UTF8.self))
        }
        return nil
    }

    /// How many pages of pipe memory an unprivileged user may have before new pipes get small (pipe(7)).
    public func pipeUserPagesSoft() -> Int? {
        guard let bytes = try? FileContents.read("/proc/sys/fs/pipe-user-pages-soft", limit: 64) else {
            return nil
        }
        return Int(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
