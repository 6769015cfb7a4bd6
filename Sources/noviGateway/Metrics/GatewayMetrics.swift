import Glibc
import LinuxSystem
import Observation
import Shared
import WorkerSupport

/// The metrics that the gateway serves: the supervisor, each process, the machine, itself.
///
/// Names are a contract: the dashboard in packaging/grafana and the rules in packaging/prometheus use them.
struct GatewayMetrics {
    /// What they are made of.
    var state: GatewayState
    /// Events by word.
    var eventCounts: [String: Int64]
    /// Open streams.
    var streams: Int
    /// Streams that were ended because they read too slowly.
    var droppedStreams: Int

    private static let states = ["online", "launching", "stopping", "stopped", "errored", "waiting restart"]
    /// The states of the link to WhatsApp (com.novi.WhatsApp).
    private static let linkStates = [
        "stopped", "starting", "qr", "authenticating", "syncing", "ready", "reconnecting", "logged_out",
        "blocked", "failed",
    ]

    /// All of them as text.
    func text(_ format: MetricsText.Format) -> [UInt8] {
        var text = MetricsText(format)
        writeSupervisor(&text)
        if case .connected = state.connection { writeProcesses(&text) }
        writeLinks(&text)
        writeHost(&text)
        writeGateway(&text)
        text.finish()
        return text.bytes
    }

    private func gauge(_ name: String, _ help: String, unit: String? = nil) -> MetricsText.Family {
        MetricsText.Family(name: name, kind: .gauge, unit: unit, help: help)
    }

    private func counter(_ name: String, _ help: String, unit: String? = nil) -> MetricsText.Family {
        MetricsText.Family(name: name, kind: .counter, unit: unit, help: help)
    }

    private func writeSupervisor(_ text: inout MetricsText) {
        let isConnected = state.connection == .connected
        text.write(
            gauge("novi_supervisor_up", "Whether the supervisor answers."),
            [([], isConnected ? 1 : 0)]
        )
        if isConnected, let daemon = state.daemon {
            text.write(
                MetricsText.Family(name: "novi_supervisor", kind: .info, help: "The supervisor's version."),
                [([("version", daemon.version)], 1)]
            )
            text.write(
                gauge("novi_supervisor_uptime_seconds", "Time since the daemon began.", unit: "seconds"),
                [([], Double(daemon.uptimeMilliseconds) / 1000)]
            )
        }
        text.write(
            counter("novi_events", "The supervisor's events since the gateway began, by word."),
            eventCounts.sorted { $0.key < $1.key }.map { ([("event", $0.key)], Double($0.value)) }
        )
        text.write(
            gauge("novi_alerts", "Alerts that last now, by severity."),
            Severity.allCases.map { severity in
                let count = state.alerts.count { $0.severity == severity && $0.ended == nil }
                return ([("severity", severity.rawValue)], Double(count))
            }
        )
    }

    private func writeProcesses(_ text: inout MetricsText) {
        func each(_ value: (ProcessReading) -> Double?) -> [(labels: MetricsText.Labels, value: Double)] {
            state.processes.compactMap { process in
                value(process).map { (Self.labels(process), $0) }
            }
        }
        text.write(
            gauge("novi_app_up", "Whether the process is online."),
            each { $0.state == "online" ? 1 : 0 }
        )
        text.write(
            gauge(
                "novi_app_as_wanted",
                "Whether it is online, or at rest because somebody asked or it was done."
            ),
            each { $0.isAsWanted ? 1 : 0 }
        )
        text.write(
            gauge("novi_app_state", "1 for the state that the process is in."),
            state.processes.flatMap { process in
                Self.states.map { word in
                    (Self.labels(process) + [("state", word)], word == process.state ? 1 : 0)
                }
            }
        )
        text.write(
            gauge("novi_app_uptime_seconds", "How long the run lasts.", unit: "seconds"),
            each { $0.uptimeMilliseconds.map { Double($0) / 1000 } }
        )
        text.write(
            counter("novi_app_restarts", "Starts after the first, until somebody resets them."),
            each { Double($0.restarts) }
        )
        text.write(
            gauge("novi_app_cpu_percent", "Use of one core by the process's whole tree.", unit: "percent"),
            each(\.cpuPercent)
        )
        text.write(
            gauge("novi_app_memory_bytes", "Resident memory of the process's whole tree.", unit: "bytes"),
            each { $0.memoryBytes.map { Double($0) } }
        )
        text.write(
            gauge("novi_app_heap_bytes", "Heap in use as the process reports it.", unit: "bytes"),
            each { $0.heapBytes.map { Double($0) } }
        )
        writeRequests(&text, each)
        text.write(
            counter(
                "novi_app_log_dropped_lines",
                "Lines that a full disk kept out of the logs.",
                unit: "lines"
            ),
            each { $0.droppedLines.map { Double($0) } }
        )
        text.write(
            counter(
                "novi_app_log_dropped_bytes",
                "Bytes that a full disk kept out of the logs.",
                unit: "bytes"
            ),
            each { $0.droppedBytes.map { Double($0) } }
        )
    }

    private func writeRequests(
        _ text: inout MetricsText,
        _ each: ((ProcessReading) -> Double?) -> [(labels: MetricsText.Labels, value: Double)]
    ) {
        text.write(
            gauge("novi_app_requests_per_second", "Requests a second in the last minute."),
            each { $0.requests?.perSecond }
        )
        text.write(
            gauge(
                "novi_app_request_p95_seconds",
                "95 % of the requests of the last minute took less.",
                unit: "seconds"
            ),
            each { $0.requests?.p95Milliseconds.map { $0 / 1000 } }
        )
        text.write(
            gauge(
                "novi_app_request_error_percent",
                "Requests of the last minute that failed by the app's fault.",
                unit: "percent"
            ),
            each { $0.requests?.errorPercent }
        )
    }

    private func writeLinks(_ text: inout MetricsText) {
        if let link = state.whatsapp {
            text.write(
                gauge("novi_whatsapp_link_up", "Whether the link to WhatsApp is ready."),
                [([("app", link.process)], link.state == "ready" ? 1 : 0)]
            )
            text.write(
                gauge("novi_whatsapp_link_state", "1 for the state that the link is in."),
                Self.linkStates.map { ([("state", $0)], $0 == link.state ? 1 : 0) }
            )
            let queue = link.queue.compactMap { name, count in
                count.integerValue.map {
                    (labels: [("state", name)] as MetricsText.Labels, value: Double($0))
                }
            }
            text.write(
                gauge("novi_whatsapp_queue_messages", "Messages to send, by state.", unit: "messages"),
                queue
            )
            if let unprocessed = link.unprocessed {
                text.write(
                    gauge(
                        "novi_whatsapp_unprocessed_messages",
                        "Messages that came in and were not acted on.",
                        unit: "messages"
                    ),
                    [([], Double(unprocessed))]
                )
            }
        }
        text.write(
            gauge("novi_database_up", "Whether the database answers a process that uses it."),
            state.databases.map { ([("app", $0.process)], $0.state == "connected" ? 1 : 0) }
        )
        let pools = state.databases.flatMap { database in
            [("in_use", database.inUse), ("idle", database.idle), ("waiting", database.waiting)].compactMap {
                name,
                count in
                count.map {
                    (
                        labels: [("app", database.process), ("use", name)] as MetricsText.Labels,
                        value: Double($0)
                    )
                }
            }
        }
        text.write(
            gauge("novi_database_pool_connections", "Connections of a pool, by use.", unit: "connections"),
            pools
        )
    }

    private func writeHost(_ text: inout MetricsText) {
        let host = state.host
        if let percent = host.cpuPercent {
            text.write(
                gauge("novi_host_cpu_percent", "Use of all processors.", unit: "percent"),
                [([], percent)]
            )
        }
        guard host.memoryBytes > 0 else { return }
        let figures: [(String, String, Int64)] = [
            ("novi_host_memory_size_bytes", "Memory of the machine.", host.memoryBytes),
            (
                "novi_host_memory_available_bytes", "Memory that programs could still take.",
                host.memoryAvailableBytes
            ),
            (
                "novi_host_disk_size_bytes", "Size of the file system of the supervisor's folder.",
                host.diskBytes
            ),
            ("novi_host_disk_available_bytes", "What is free there.", host.diskAvailableBytes),
        ]
        for (name, help, value) in figures {
            text.write(gauge(name, help, unit: "bytes"), [([], Double(value))])
        }
    }

    private func writeGateway(_ text: inout MetricsText) {
        text.write(gauge("novi_gateway_streams", "Pages that watch live."), [([], Double(streams))])
        text.write(
            counter(
                "novi_gateway_dropped_streams",
                "Live streams that were ended because they read too slowly."
            ),
            [([], Double(droppedStreams))]
        )
        text.write(
            gauge("process_resident_memory_bytes", "Resident memory of the gateway.", unit: "bytes"),
            [([], Double(MemoryFigures.now().resident))]
        )
        if let figures = (try? ProcFilesystem())?.stat(getpid()) {
            text.write(
                counter("process_cpu_seconds", "Processor time of the gateway.", unit: "seconds"),
                [([], Double(figures.processorNanoseconds) / 1e9)]
            )
        }
    }

    private static func labels(_ process: ProcessReading) -> MetricsText.Labels {
        [("app", process.app), ("instance", "\(process.instance)"), ("namespace", process.namespace)]
    }
}
