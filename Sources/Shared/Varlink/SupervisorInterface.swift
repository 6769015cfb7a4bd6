/// The interface that the daemon serves on its control socket.
public enum SupervisorInterface {
    /// The interface's name.
    public static let name = "com.novi.Supervisor"

    /// The text, the same as `docs/varlink/com.novi.Supervisor.varlink`.
    public static let description = #"""
        # What noviSupervisord answers on its control socket.
        #
        # A selection names processes: "all", an app's name, "app:INSTANCE", a numeric id, a glob ("web-*"), a namespace followed
        # by a colon ("novi:"), or one of the old names "novi-platform" and "novi-commerce" for the namespace novi. Regular
        # expressions are resolved by the command line against List, so that no pattern can keep the daemon busy. Times are RFC 3339 in UTC, durations and uptimes milliseconds.
        interface com.novi.Supervisor

        # The daemon itself.
        type Daemon (pid: int, version: string, uptime_ms: int)

        # How the last upgrade in place of this process went: which one it was, which version was there before, why it failed.
        type UpgradeResult (attempt: int, from: string, failure: ?string)

        # One process. state: online, launching, stopping, stopped, errored, waiting restart. as_wanted: whether it is online, or at
        # rest because somebody asked for it or because it was done. reason: why it is not well.
        type Process (
          name: string,
          instance: int,
          id: int,
          namespace: string,
          state: string,
          as_wanted: bool,
          pid: ?int,
          uptime_ms: ?int,
          restarts: int,
          cpu_percent: ?float,
          memory_bytes: ?int,
          heap_used_bytes: ?int,
          reason: ?string,
          status_text: ?string,
          whatsapp: ?string
        )

        # What became of one process. result: started, already_running, stopped, already_stopped, restarted, deleted, signaled,
        # reset, registered, unchanged, changed, waiting, failed.
        type Outcome (process: string, id: int, result: string, message: ?string)

        # One thing that happened. event is a stable word (launched, online, exited, …), message is for people.
        type Event (
          sequence: int,
          time: string,
          process: ?string,
          id: ?int,
          run: ?string,
          event: string,
          message: string,
          fields: object
        )

        # One end of a run.
        type Exit (time: string, run: string, pid: ?int, exit: string, code: ?int, signal: ?string, uptime_ms: int, cause: string)

        # One run of a process in time; it goes on where no end is told.
        type RunTime (started: string, ended: ?string)

        # A rule of an app: lines like this have this level.
        type LevelRule (match: string, level: string)

        # The files that hold the output of a process. archive: the folder below which archives lie, where it is not beside the logs;
        # date_pattern: the date in the names of its rotated files. shared: several instances write to them. log_date_format: the pattern
        # of the time before each line, or in each record. log_type: json where each line is a record with the app's own line as its message.
        type LogFile (
          process: string,
          id: int,
          namespace: string,
          output: ?string,
          error: ?string,
          run: ?RunTime,
          previous_run: ?RunTime,
          archive: ?string,
          shared: ?bool,
          log_date_format: ?string,
          log_type: ?string,
          date_pattern: ?string,
          level_rules: []LevelRule
        )

        # What went through one output since the daemon took it over. stream: out, error, or both where they share a pipe.
        # blocked: whether the log takes nothing now, so that output waits in its pipe; blocked_ms: for how long in all.
        type LogStream (
          stream: string,
          path: string,
          read_bytes: int,
          written_bytes: int,
          dropped_lines: int,
          dropped_bytes: int,
          blocked_ms: int,
          blocked: bool
        )

        # The cgroup of a run. memory_bytes counts file cache, too; null is what no controller counts.
        type Cgroup (
          path: string,
          memory_bytes: ?int,
          memory_peak_bytes: ?int,
          tasks: ?int,
          oom_kills: ?int
        )

        # Everything of one process.
        type Description (
          process: Process,
          since: string,
          command: []string,
          working_directory: string,
          user: ?string,
          source: ?string,
          restart_policy: string,
          stop_policy: string,
          readiness: string,
          memory_policy: ?string,
          memory_limit_bytes: ?int,
          memory_tree_limit_bytes: ?int,
          next_action: ?string,
          next_action_at: ?string,
          dependencies: []string,
          dependants: []string,
          environment: [string]string,
          listen: []string,
          log: LogFile,
          log_streams: []LogStream,
          exits: []Exit,
          memory_curve: []int,
          pipe_capacity_bytes: ?int,
          dropped_lines: int,
          dropped_bytes: int,
          cgroup: ?Cgroup,
          log_notes: []string,
          events: []Event
        )

        # Answers when the daemon lives.
        method Ping() -> (daemon: Daemon, home: string, upgrade: ?UpgradeResult)

        # Lists processes; with "more" in pages.
        method List(select: ?[]string) -> (schema: int, daemon: Daemon, processes: []Process)

        # Starts known processes. With wait the answer comes when they are online (or completed, or failed).
        method Start(select: []string, wait: ?bool, timeout_ms: ?int) -> (outcomes: []Outcome)

        # Takes over app definitions: new ones start, changed ones restart, unchanged ones stay. An app's
        # environment may be the number of one in environments. See docs/PROTOCOL.md.
        method Apply(apps: []object, environments: ?[]object, wait: ?bool, timeout_ms: ?int) -> (outcomes: []Outcome)

        # Stops processes, dependants first; the answer comes when they are gone.
        method Stop(select: []string, timeout_ms: ?int) -> (outcomes: []Outcome)

        # Stops and starts processes. With wait the answer comes when they are online again.
        method Restart(select: []string, wait: ?bool, timeout_ms: ?int) -> (outcomes: []Outcome)

        # Stops processes and forgets them. An app that others depend on goes only together with them, or with force.
        method Delete(select: []string, force: ?bool, timeout_ms: ?int) -> (outcomes: []Outcome)

        # Sets the number of instances of an app, or changes it.
        method Scale(app: string, instances: ?int, change: ?int, wait: ?bool, timeout_ms: ?int) -> (outcomes: []Outcome)

        # Forgets restart counters and failures.
        method Reset(select: []string) -> (outcomes: []Outcome)

        # Sends a signal to main processes.
        method Signal(select: []string, signal: string) -> (outcomes: []Outcome)

        # Tells everything of processes; with "more" one description a reply.
        method Describe(select: []string) -> (descriptions: []Description)

        # Tells the events that explain the present state of processes, newest last.
        method Why(select: []string) -> (processes: []Process, events: []Event)

        # Tells recent events; with "more" and follow each new one as it happens.
        method Events(select: ?[]string, last: ?int, follow: ?bool) -> (event: Event)

        # Tells where output goes.
        method GetLogFiles(select: []string) -> (files: []LogFile)

        # Puts the present log files of processes aside.
        method RotateLogs(select: []string) -> (rotated: []string, failures: []string)

        # Throws away what the present log files of processes hold.
        method FlushLogs(select: []string) -> (flushed: []string, failures: []string)

        # Opens all log files anew, for those who rename them themselves.
        method ReopenLogs() -> ()

        # Tells where everything lives.
        method GetPaths() -> (paths: [string]string)

        # Replaces the daemon's program in place. The answer comes when the new one has rehearsed the take-over, just before it takes
        # over; how that went is what Ping tells for this attempt.
        method Upgrade(program: string) -> (attempt: int, from: string, to: string)

        # Stops everything in order, then the daemon. The answer comes when all processes are gone.
        method Shutdown(timeout_ms: ?int) -> ()

        # Nothing matches the selection.
        error UnknownProcess (selection: string, suggestion: ?string)

        # A definition is not valid.
        error InvalidDefinition (problems: []string)

        # The deadline passed; outcomes tells what was done, waiting who was not.
        error TimedOut (outcomes: []Outcome, waiting: []string)

        # The daemon is shutting down and takes no more work.
        error ShuttingDown ()

        # The app is not deleted, because these depend on it and stay.
        error HasDependants (app: string, dependants: []string)

        # Events has nothing to tell: nothing happened yet that was asked for.
        error NoEvents ()

        # The new program does not take over; everything goes on as before.
        error UpgradeRefused (reason: string)

        # The request makes no sense as it is.
        error InvalidRequest (reason: string)

        """#
}
