// Written by scripts/embed-page.sh from the files in Sources/noviGateway/Page; a test holds them together.
// swift-format-ignore-file

/// The files of the folder Page, as they are.
enum EmbeddedPage {
    /// One file.
    struct File: Sendable {
        let name: String
        let text: String
    }

    /// All, by name.
    static let files: [File] = [
        File(
            name: "app.js",
            text: ##"""
                // The page: holds what the gateway tells, and shows it.

                import { Feed, Refused, act, ask, setToken } from "./feed.js";
                import { ago, byId, bytes, clock, h, milliseconds, percent, rate, setText, span } from "./format.js";
                import { Lanes, spark } from "./plot.js";

                const SPARK_SECONDS = 300;
                const METRICS = ["cpu", "memory", "heap", "requests", "p95", "errors"];
                const RANGES = [["5m", "5 min", 300], ["1h", "1 h", 3600], ["1d", "1 day", 86400], ["14d", "14 days", 1209600], ["1y", "1 year", 31536000]];
                const LANES = [
                  { key: "cpu", name: "CPU", format: percent, least: 5 },
                  { key: "memory", name: "Memory", format: bytes, isBytes: true },
                  { key: "heap", name: "Heap", format: bytes, isBytes: true },
                  { key: "requests", name: "Requests per second", format: rate, least: 1 },
                  { key: "p95", name: "95 % took less than", format: milliseconds, least: 10 },
                  { key: "errors", name: "Errors", format: percent, least: 1 },
                ];
                const HOST_LIMITS = { cpu: 80, memory: 85, disk: 90 };

                const model = { state: null, rows: new Map(), recent: new Map(), events: [], selected: null, range: "5m", series: {}, operator: null, told: new Map() };

                // MARK: What arrives

                const feed = new Feed({
                  open() {
                    byId("banner").hidden = true;
                    loadRecent();
                    loadEvents();
                    loadSeries();
                    loadLog();
                  },
                  lost(seconds) { showBanner(`No connection to the gateway; trying again in ${seconds} s. What is shown is the last that was known.`, true); },
                  async refused(error) { await askToken("This gateway asks for its token", "Whoever set it up has it: NOVI_GATEWAY_TOKEN.", error.isRepeated).then(setToken); },
                  message(event, data) {
                    if (event === "state") takeState(data);
                    else if (event === "sample") takeSample(data);
                    else if (event === "event") takeEvent(data);
                    else if (event === "alerts") { model.state.alerts = data.alerts; showAlerts(); }
                  },
                });

                function takeState(state) {
                  announce(state);
                  model.state = state;
                  keepRecent(state);
                  if (!model.selected || !state.processes.some((process) => process.name === model.selected)) {
                    const wanted = decodeURIComponent(location.hash.replace(/^#app=/, ""));
                    const found = state.processes.find((process) => process.name === wanted) ?? state.processes.find((process) => process.requests) ?? state.processes[0];
                    select(found?.name ?? null, false);
                  }
                  showAll();
                }

                function takeSample(sample) {
                  const { state } = model;
                  if (!state) return;
                  Object.assign(state, { time: sample.time, host: sample.host });
                  for (const process of state.processes) {
                    const values = sample.processes[process.name];
                    if (!values) continue;
                    const [uptime, cpu, memory, heap, requests, p95, errors] = values;
                    Object.assign(process, { uptime_ms: uptime, cpu_percent: cpu, memory_bytes: memory, heap_bytes: heap });
                    process.requests = requests === null ? null : { per_second: requests, p95_ms: p95, error_percent: errors };
                  }
                  keepRecent(state);
                  showFigures();
                }

                function takeEvent(event) {
                  const known = model.events.at(-1);
                  if (known && known.time === event.time && known.message === event.message && known.process === event.process) return;
                  model.events.push(event);
                  if (model.events.length > 1000) model.events.shift();
                  showEvents();
                  drawPlots();
                  if (event.process === model.selected && event.event === "exited") loadEnds();
                }

                /** Says a change of state to those who do not see it. */
                function announce(state) {
                  const said = [];
                  for (const process of state.processes) {
                    const before = model.told.get(process.name);
                    if (before !== undefined && before !== process.state) said.push(`${process.name} is now ${process.state}`);
                    model.told.set(process.name, process.state);
                  }
                  if (said.length) setText(byId("announcer"), said.slice(0, 3).join(". ") + (said.length > 3 ? ` and ${said.length - 3} more` : ""));
                }

                function figuresOf(process) {
                  return [process.cpu_percent, process.memory_bytes, process.heap_bytes, process.requests?.per_second, process.requests?.p95_ms, process.requests?.error_percent];
                }

                function keepRecent(state) {
                  if (state.supervisor.state !== "connected") return;
                  const time = Math.floor(state.time / 1000);
                  for (const process of state.processes) {
                    let lines = model.recent.get(process.name);
                    if (!lines) model.recent.set(process.name, (lines = {}));
                    figuresOf(process).forEach((value, index) => {
                      if (value === null || value === undefined) return;
                      const points = (lines[METRICS[index]] ??= []);
                      if (points.length && points.at(-1)[0] >= time) return;
                      points.push([time, value]);
                      while (points.length && points[0][0] < time - SPARK_SECONDS) points.shift();
                    });
                  }
                }

                async function quietly(work) {
                  try {
                    return await work();
                  } catch (error) {
                    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
                    return null;
                  }
                }

                const loadRecent = () => quietly(async () => {
                  const [cpu, memory] = await Promise.all(["cpu", "memory"].map((metric) => ask("/api/history", { range: "5m", metric })));
                  for (const [answer, metric] of [[cpu, "cpu"], [memory, "memory"]]) {
                    for (const [name, lines] of Object.entries(answer.series)) {
                      const known = model.recent.get(name) ?? {};
                      const first = known[metric]?.[0]?.[0] ?? Infinity;
                      known[metric] = [...(lines[metric] ?? []).filter(([time]) => time < first), ...(known[metric] ?? [])];
                      model.recent.set(name, known);
                    }
                  }
                  drawSparks();
                });

                const loadEvents = () => quietly(async () => {
                  model.events = (await ask("/api/events", { last: 1000 })).events;
                  showEvents();
                  drawPlots();
                });

                // MARK: Showing

                function showAll() {
                  showSupervisor();
                  showRows();
                  showFigures();
                  showAlerts();
                  showLinks();
                  showDetail();
                  showLogApps();
                }

                function showBanner(text, canRetry) {
                  setText(byId("banner-text"), text);
                  byId("banner-retry").hidden = !canRetry;
                  byId("banner").hidden = false;
                }

                function showSupervisor() {
                  const { supervisor } = model.state;
                  const text = supervisor.version ? `supervisor ${supervisor.version} · up ${span(supervisor.uptime_ms)}` : "supervisor";
                  setText(byId("supervisor"), supervisor.state === "connected" ? text : `${text} · does not answer`);
                  if (supervisor.state === "lost") {
                    showBanner(`The supervisor has not answered since ${clock(Date.parse(supervisor.since))}. Apps go on; what is shown is the last that was known.`, false);
                  } else if (byId("banner-retry").hidden) {
                    byId("banner").hidden = true;
                  }
                }

                function showMeter(name, value, figure, detail) {
                  const meter = byId(`meter-${name}`);
                  setText(meter.querySelector(".figure"), figure);
                  setText(meter.querySelector(".detail"), detail);
                  meter.querySelector("i").style.width = `${Math.min(100, value ?? 0)}%`;
                  meter.querySelector("b").style.left = `${HOST_LIMITS[name]}%`;
                  meter.classList.toggle("high", (value ?? 0) >= HOST_LIMITS[name]);
                  meter.title = `the limit is ${HOST_LIMITS[name]} %`;
                }

                function showFigures() {
                  const { host, processes } = model.state;
                  const taken = host.memory_bytes - host.memory_available_bytes;
                  showMeter("cpu", host.cpu_percent, percent(host.cpu_percent), `of ${host.processors} ${host.processors === 1 ? "core" : "cores"}`);
                  showMeter("memory", host.memory_percent, percent(host.memory_percent), `${bytes(taken)} of ${bytes(host.memory_bytes)}`);
                  showMeter("disk", host.disk_percent, percent(host.disk_percent), `${bytes(host.disk_available_bytes)} free`);
                  for (const process of processes) {
                    const row = model.rows.get(process.name);
                    if (!row) continue;
                    const show = (cell, text, isZero) => { setText(cell, text); cell.classList.toggle("zero", Boolean(isZero) || text === "–"); };
                    show(row.cpu, percent(process.cpu_percent));
                    show(row.memory, bytes(process.memory_bytes));
                    show(row.heap, bytes(process.heap_bytes));
                    show(row.requests, rate(process.requests?.per_second));
                    show(row.p95, milliseconds(process.requests?.p95_ms));
                    show(row.errors, percent(process.requests?.error_percent), process.requests?.error_percent === 0);
                    show(row.restarts, String(process.restarts), process.restarts === 0);
                    show(row.uptime, process.state === "online" ? span(process.uptime_ms) : "–");
                  }
                  drawSparks();
                  if (model.range === "5m" && model.selected) appendLive();
                }

                const visible = new Set();
                const watcher = new IntersectionObserver((entries) => {
                  for (const entry of entries) entry.isIntersecting ? visible.add(entry.target) : visible.delete(entry.target);
                  drawSparks();
                });

                function drawSparks() {
                  if (!model.state) return;
                  const to = Math.floor(model.state.time / 1000);
                  for (const row of model.rows.values()) {
                    if (!visible.has(row.element)) continue;
                    const lines = model.recent.get(row.name) ?? {};
                    spark(row.cpuSpark, lines.cpu ?? [], to - SPARK_SECONDS, to, 10);
                    spark(row.memorySpark, lines.memory ?? [], to - SPARK_SECONDS, to, 0);
                  }
                }

                function stateClass(process) {
                  if (process.state === "online") return "good";
                  if (process.state === "errored" || (process.state === "stopped" && !process.as_wanted)) return "broken";
                  return process.state === "stopped" ? "" : "moving";
                }

                function makeRow(name) {
                  const number = (extra = "") => h("td", { role: "cell", class: `number ${extra}` });
                  const row = { name, cpu: h("span"), memory: h("span"), state: h("td", { role: "cell", class: "statecell" }) };
                  row.cpuSpark = h("canvas", { class: "spark", "aria-hidden": "true" });
                  row.memorySpark = h("canvas", { class: "spark", "aria-hidden": "true" });
                  row.heap = number("extra");
                  row.requests = number("extra");
                  row.p95 = number("extra");
                  row.errors = number("extra");
                  row.restarts = number("extra");
                  row.uptime = number("uptime");
                  row.button = h("button", { type: "button" }, name);
                  row.space = h("span");
                  row.element = h("tr", { role: "row", onclick: () => select(name, true) },
                    h("td", { role: "cell", class: "app" }, row.button, row.space), row.state,
                    h("td", { role: "cell", class: "number spark" }, h("div", {}, row.cpuSpark, row.cpu)),
                    h("td", { role: "cell", class: "number spark" }, h("div", {}, row.memorySpark, row.memory)),
                    row.heap, row.requests, row.p95, row.errors, row.restarts, row.uptime);
                  watcher.observe(row.element);
                  return row;
                }

                function showRows() {
                  const { processes, is_cut } = model.state;
                  const filter = byId("apps-filter").value.trim().toLowerCase();
                  const shown = processes.filter((process) => process.name.toLowerCase().includes(filter) || process.namespace.toLowerCase().includes(filter) || process.state.includes(filter));
                  for (const [name, row] of model.rows) {
                    if (processes.some((process) => process.name === name)) continue;
                    watcher.unobserve(row.element);
                    visible.delete(row.element);
                    model.rows.delete(name);
                  }
                  const elements = shown.map((process) => {
                    let row = model.rows.get(process.name);
                    if (!row) model.rows.set(process.name, (row = makeRow(process.name)));
                    const isSelected = process.name === model.selected;
                    row.element.classList.toggle("selected", isSelected);
                    row.element.classList.toggle("unwell", !process.as_wanted && process.state !== "launching");
                    row.button.setAttribute("aria-current", isSelected ? "true" : "false");
                    setText(row.space, process.namespace === "default" ? "" : process.namespace);
                    const link = process.whatsapp && process.whatsapp !== "ready" ? ` · ${process.whatsapp.replace("_", " ")}` : "";
                    row.state.replaceChildren(h("span", { class: `state ${stateClass(process)}` }, process.state + link));
                    return row.element;
                  });
                  const body = byId("apps-rows");
                  if (elements.length !== body.children.length || elements.some((element, index) => body.children[index] !== element)) body.replaceChildren(...elements);
                  const unwell = processes.filter((process) => !process.as_wanted).length;
                  setText(byId("apps-summary"), processes.length === 0 ? "" : `${processes.length}${is_cut ? "+" : ""} · ${unwell ? `${unwell} not as wanted` : "all as wanted"}`);
                  document.title = `${unwell ? `(${unwell}) ` : ""}novi`;
                  const empty = byId("apps-empty");
                  empty.hidden = shown.length > 0;
                  setText(empty, processes.length ? "No app matches the filter." : model.state.supervisor.state === "connected"
                    ? "No app is known. Start some: noviSupervisor start ecosystem.json" : "Nothing is known until the supervisor answers.");
                  byId("apps-table").hidden = shown.length === 0;
                  document.querySelector(".filter").hidden = processes.length < 8 && !filter;
                }

                function showAlerts() {
                  const { alerts } = model.state;
                  const lasting = alerts.filter((alert) => !alert.ended);
                  setText(byId("alerts-summary"), lasting.length ? `${lasting.length} now` : "");
                  const items = [...lasting, ...alerts.filter((alert) => alert.ended).slice(0, 8)].map((alert) => h("li", { class: alert.ended ? "over" : null },
                    h("span", { class: `severity ${alert.severity}` }, alert.severity), h("p", {}, alert.message),
                    h("p", { class: "when" }, alert.ended ? `over · lasted ${span(Date.parse(alert.ended) - Date.parse(alert.since))} until ${clock(Date.parse(alert.ended))}` : `since ${clock(Date.parse(alert.since))}`)));
                  if (!lasting.length) items.unshift(h("li", { class: "none" }, "Nothing is wrong."));
                  byId("alerts").replaceChildren(...items);
                }

                const pairs = (rows) => h("dl", {}, ...rows.filter(([, value]) => value !== null && value !== undefined && value !== "").flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]));

                function showLinks() {
                  const { whatsapp, databases } = model.state;
                  byId("whatsapp").hidden = !whatsapp;
                  if (whatsapp) {
                    const kind = whatsapp.state === "ready" ? "good" : ["logged_out", "blocked", "failed", "unreachable"].includes(whatsapp.state) ? "broken" : "moving";
                    byId("whatsapp-state").replaceChildren(h("span", { class: `state ${kind}` }, whatsapp.state.replace("_", " ")));
                    const queue = Object.entries(whatsapp.queue).filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state}`).join(", ");
                    const time = (text) => (text ? ago(text) : null);
                    const body = [pairs([["Provider", whatsapp.provider], ["To send", queue || "nothing waits"], ["Not acted on", whatsapp.unprocessed || null],
                      ["Last in", time(whatsapp.last_inbound_at)], ["Last out", time(whatsapp.last_outbound_at)], ["Lost because", whatsapp.reason],
                      ["Next try", whatsapp.next_attempt_at ? clock(Date.parse(whatsapp.next_attempt_at)) : null]])];
                    if (whatsapp.messages.length) {
                      body.push(h("table", { "aria-label": "Newest outgoing messages" }, h("thead", {}, h("tr", {}, ...["Chat", "State", "Made"].map((name) => h("th", { scope: "col" }, name)))),
                        h("tbody", {}, ...whatsapp.messages.map((message) => h("tr", {}, h("td", {}, message.chat), h("td", {}, message.state), h("td", {}, clock(Date.parse(message.created_at))))))));
                    }
                    byId("whatsapp-body").replaceChildren(...body);
                  }
                  byId("database").hidden = databases.length === 0;
                  if (databases.length) {
                    const isUp = databases.every((database) => database.state === "connected");
                    byId("database-state").replaceChildren(h("span", { class: `state ${isUp ? "good" : "broken"}` }, isUp ? "connected" : "disconnected"));
                    byId("database-body").replaceChildren(...databases.map((database) => pairs([["Seen by", database.process],
                      ["Connections", database.in_use === null ? null : `${database.in_use} in use, ${database.idle} idle`], ["Waiting", database.waiting || null], ["Sessions", database.sessions]])));
                  }
                }

                function showEvents() {
                  const items = model.events.filter((event) => event.event !== "memory_report").slice(-60).reverse().map((event) => h("li", { class: isBad(event) ? "bad" : null },
                    h("time", { datetime: event.time }, clock(Date.parse(event.time))), h("p", {}, h("b", {}, event.process ?? "supervisor"), ` ${event.message}`)));
                  byId("events").replaceChildren(...(items.length ? items : [h("li", {}, "Nothing happened yet.")]));
                }

                const isBad = (event) => ["gave_up", "launch_failed", "memory_restarts_exhausted", "unkillable", "log_dropping"].includes(event.event)
                  || (event.event === "exited" && ["itself", "memory", "watchdog", "readiness_timeout"].includes(event.fields?.cause_kind) && event.fields?.code !== 0);

                // MARK: One app

                function select(name, isByPerson) {
                  model.selected = name;
                  model.series = {};
                  if (isByPerson) history.replaceState(null, "", `#app=${encodeURIComponent(name)}`);
                  for (const row of model.rows.values()) {
                    row.element.classList.toggle("selected", row.name === name);
                    row.button.setAttribute("aria-current", row.name === name ? "true" : "false");
                  }
                  showDetail();
                  loadSeries();
                  loadEnds();
                  if (isByPerson) {
                    byId("log-app").value = name ?? "";
                    loadLog();
                    const title = byId("detail-title");
                    const place = title.getBoundingClientRect();
                    if (place.top < 0 || place.top > window.innerHeight - 120) byId("detail").scrollIntoView({ block: "nearest" });
                  }
                }

                const chosen = () => model.state?.processes.find((process) => process.name === model.selected);

                function showDetail() {
                  const process = chosen();
                  byId("detail").hidden = !process;
                  if (!process) return;
                  setText(byId("detail-title"), process.name);
                  byId("detail-state").replaceChildren(h("span", { class: `state ${stateClass(process)}` }, process.state),
                    h("span", { class: "soft" }, [process.pid ? ` pid ${process.pid}` : "", process.restarts ? `${process.restarts} ${process.restarts === 1 ? "restart" : "restarts"}` : "", process.dropped_lines ? `${process.dropped_lines} log lines dropped` : "", process.status_text ?? ""].filter(Boolean).map((text) => ` · ${text.trim()}`).join("")));
                  const reason = byId("detail-reason");
                  reason.hidden = !process.reason;
                  setText(reason, process.reason ?? "");
                  const actions = byId("detail-actions");
                  actions.hidden = !model.operator;
                  const wanted = !model.operator ? [] : process.pid ? ["restart", "stop", ...(process.heap_bytes ? ["cleanup"] : [])] : ["start"];
                  if (actions.dataset.shown !== `${process.name} ${wanted}`) {
                    actions.dataset.shown = `${process.name} ${wanted}`;
                    const words = { restart: "Restart …", stop: "Stop …", start: "Start …", cleanup: "Clean up memory …" };
                    actions.replaceChildren(...wanted.map((action) => h("button", { type: "button", class: action === "stop" ? "danger" : null, onclick: () => confirmAction(action, process.name) }, words[action])));
                  }
                }

                const lanes = new Lanes(byId("plots"), LANES);

                const loadSeries = () => quietly(async () => {
                  const { selected, range } = model;
                  if (!selected) return;
                  const answer = await ask("/api/history", { process: selected, metric: "all", range });
                  if (selected !== model.selected || range !== model.range) return;
                  model.series = answer.series[selected] ?? {};
                  model.window = [answer.from, answer.to];
                  drawPlots();
                });

                /** In the shortest range every second is added as it comes. */
                function appendLive() {
                  const process = chosen();
                  if (!process) return;
                  const time = Math.floor(model.state.time / 1000);
                  figuresOf(process).forEach((value, index) => {
                    if (value === null || value === undefined) return;
                    const points = (model.series[METRICS[index]] ??= []);
                    if (!points.length || points.at(-1)[0] < time) points.push([time, value]);
                    while (points.length && points[0][0] < time - 300) points.shift();
                  });
                  model.window = [time - 300, time];
                  drawPlots();
                }

                function marks() {
                  const own = model.events.filter((event) => event.process === model.selected);
                  const result = [];
                  own.forEach((event, index) => {
                    if (!["exited", "gave_up", "launch_failed"].includes(event.event)) return;
                    const next = own.slice(index + 1).find((later) => ["launched", "gave_up", "exited"].includes(later.event));
                    const asked = event.event === "exited" && !isBad(event);
                    const then = next?.event === "launched" ? `Started again after ${span(Date.parse(next.time) - Date.parse(event.time))}: ${next.fields?.reason ?? next.message}` : event.event === "gave_up" ? "It is not started again." : "";
                    result.push({ time: Math.round(Date.parse(event.time) / 1000), kind: asked ? "asked" : "failed", title: event.message, text: then });
                  });
                  return result;
                }

                function drawPlots() {
                  if (!model.window || byId("detail").hidden) return;
                  const [from, to] = model.window;
                  lanes.set({ from, to, series: model.series, marks: marks() });
                  if (byId("figures").open) showTable();
                }

                /** What memory did before each of the last ends, the newest first. */
                const loadEnds = () => quietly(async () => {
                  const { selected } = model;
                  if (!selected || !byId("ends").open) return;
                  const { ends } = await ask("/api/ends", { process: selected, last: 10 });
                  if (selected !== model.selected) return;
                  const items = ends.reverse().map((end) => {
                    const kind = end.curves.heap ? "heap" : "memory";
                    const points = end.curves[kind] ?? [];
                    const [first, last] = [points[0], points.at(-1)];
                    const words = points.length > 1 ? `${kind} ${bytes(first[1])} → ${bytes(last[1])} in ${span((end.to - first[0]) * 1000)}` : points.length ? `${kind} ${bytes(last[1])}` : "no figures are kept of it";
                    const line = h("canvas", { class: "spark", "aria-hidden": "true" });
                    return { points, end, line, element: h("li", { class: isBad(end) ? "bad" : null }, h("time", { datetime: end.time }, clock(Date.parse(end.time))),
                      h("div", {}, h("p", {}, end.message), h("p", { class: "soft" }, words)), line) };
                  });
                  byId("ends-list").replaceChildren(...(items.length ? items.map((item) => item.element) : [h("li", {}, "No run of it has ended lately.")]));
                  for (const { points, end, line } of items) if (points.length > 1) spark(line, points, points[0][0], end.to, 0);
                });

                function showTable() {
                  const shown = LANES.filter((lane) => model.series[lane.key]?.length);
                  const [from, to] = model.window;
                  const rows = [];
                  for (let index = 0; index < 12; index += 1) {
                    const end = to - ((to - from) / 12) * index, begin = end - (to - from) / 12;
                    const cells = shown.map((lane) => {
                      const inside = model.series[lane.key].filter(([time]) => time > begin && time <= end);
                      return inside.length ? lane.format(inside.reduce((sum, [, value]) => sum + value, 0) / inside.length) : "–";
                    });
                    rows.push(h("tr", {}, h("th", { scope: "row" }, clock(end * 1000)), ...cells.map((text) => h("td", { class: "number" }, text))));
                  }
                  byId("figures-table").replaceChildren(h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Until"), ...shown.map((lane) => h("th", { scope: "col", class: "number" }, lane.name)))), h("tbody", {}, ...rows));
                }

                byId("ranges").append(...RANGES.map(([value, text]) => h("label", {}, h("input", {
                  type: "radio", name: "range", value, checked: value === model.range,
                  onchange: () => { model.range = value; model.series = {}; loadSeries(); },
                }), h("span", {}, text))));
                byId("ends").addEventListener("toggle", loadEnds);
                byId("figures").addEventListener("toggle", () => { if (model.window) showTable(); });
                setInterval(() => { if (model.range !== "5m" && !document.hidden) loadSeries(); }, 10000);

                // MARK: The log

                function showLogApps() {
                  const menu = byId("log-app");
                  const names = model.state.processes.map((process) => process.name);
                  if (menu.options.length === names.length + 1 && names.every((name, index) => menu.options[index + 1].value === name)) return;
                  const before = menu.value;
                  menu.replaceChildren(h("option", { value: "" }, "All apps"), ...names.map((name) => h("option", { value: name }, name)));
                  menu.value = names.includes(before) ? before : "";
                }

                let logNumber = 0;
                async function loadLog() {
                  const number = (logNumber += 1);
                  const search = byId("log-search").value.trim();
                  const note = byId("log-note"), list = byId("log-lines");
                  try {
                    const { lines } = await ask("/api/logs", { process: byId("log-app").value, level: byId("log-level").value, search, lines: 200 });
                    if (number !== logNumber) return;
                    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40 || list.hidden;
                    const last = JSON.stringify(lines.at(-1) ?? null) + lines.length + search;
                    note.hidden = lines.length > 0;
                    list.hidden = lines.length === 0;
                    setText(note, search ? "No line of the last day holds that." : byId("log-level").value ? "No line of that level." : "Nothing was written yet.");
                    if (list.dataset.last === last) return;
                    list.dataset.last = last;
                    list.replaceChildren(...lines.map((line) => h("li", { class: line.level }, h("time", { title: new Date(line.time).toISOString() }, clock(line.time).split(" ").at(-1)),
                      h("span", { class: "who" }, line.process), h("span", {}, ...marked(line.text.replace(/^<[0-7]>|\u001b\[[0-9;]*m/g, ""), search)))));
                    if (isAtEnd || byId("log-follow").checked) list.scrollTop = list.scrollHeight;
                  } catch (error) {
                    if (number !== logNumber || (error instanceof Refused && error.status === 401)) return;
                    if (list.hidden) setText(note, `The log cannot be shown: ${error.message}`);
                  }
                }

                /** The text with what was searched marked. */
                function marked(text, search) {
                  if (!search) return [text];
                  const parts = [];
                  const low = text.toLowerCase(), wanted = search.toLowerCase();
                  let from = 0;
                  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
                    parts.push(text.slice(from, at), h("mark", {}, text.slice(at, at + search.length)));
                    from = at + search.length;
                  }
                  return [...parts, text.slice(from)];
                }

                let typing;
                byId("log-form").addEventListener("submit", (event) => { event.preventDefault(); loadLog(); });
                byId("log-form").addEventListener("input", (event) => { clearTimeout(typing); typing = setTimeout(loadLog, event.target.type === "search" ? 350 : 0); });
                byId("log-wrap").addEventListener("change", () => byId("log-lines").classList.toggle("wrap", byId("log-wrap").checked));
                byId("log-lines").classList.add("wrap");
                setInterval(() => { if (byId("log-follow").checked && !document.hidden && byId("banner-retry").hidden) loadLog(); }, 2000);

                // MARK: Operating

                function dialogClosed(dialog) {
                  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
                }

                async function askToken(title, text, isRepeated) {
                  const dialog = byId("token-dialog"), input = byId("token-input");
                  setText(byId("token-title"), title);
                  setText(byId("token-text"), text);
                  byId("token-error").hidden = !isRepeated;
                  input.value = "";
                  dialog.returnValue = "";
                  dialog.showModal();
                  input.focus();
                  await dialogClosed(dialog);
                  return dialog.returnValue === "ok" ? input.value.trim() : null;
                }

                byId("token-cancel").addEventListener("click", () => byId("token-dialog").close(""));
                byId("operator").addEventListener("click", async () => {
                  if (model.operator) {
                    model.operator = null;
                  } else {
                    model.operator = await askToken("Operate", "With the operator's token this page can start, stop and restart apps. It is forgotten when the page is closed.");
                  }
                  setText(byId("operator"), model.operator ? "Only look" : "Operate …");
                  if (model.state) showDetail();
                });

                async function confirmAction(action, process) {
                  const words = { restart: "Restart", stop: "Stop", start: "Start", cleanup: "Clean up memory of" };
                  const dialog = byId("confirm-dialog");
                  setText(byId("confirm-title"), `${words[action]} ${process}?`);
                  setText(byId("confirm-text"), action === "stop" ? "It stays stopped until somebody starts it." : action === "restart" ? "It gets SIGTERM, and SIGKILL if it takes too long; then it is started again." : "");
                  setText(byId("confirm-command"), action === "cleanup" ? `noviSupervisor signal … (com.novi.Worker.Cleanup on the socket of ${process})` : `noviSupervisor ${action} ${process}`);
                  setText(byId("confirm-ok"), words[action].split(" ")[0]);
                  dialog.returnValue = "";
                  dialog.showModal();
                  if ((await dialogClosed(dialog)) !== "ok") return;
                  try {
                    const { outcome } = await act(action, process, model.operator);
                    setText(byId("announcer"), `${process}: ${outcome.result ?? "done"}`);
                  } catch (error) {
                    if (error instanceof Refused && error.status === 401) model.operator = null;
                    setText(byId("operator"), model.operator ? "Only look" : "Operate …");
                    showBanner(`${words[action]} ${process}: ${error.message}`, false);
                    showDetail();
                  }
                }

                // MARK: The page itself

                const THEMES = ["auto", "light", "dark"];
                function nameTheme() {
                  setText(byId("theme"), `Theme: ${document.documentElement.dataset.theme ?? "auto"}`);
                  window.showTheme();
                  drawSparks();
                }
                byId("theme").addEventListener("click", () => {
                  const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "auto") + 1) % THEMES.length];
                  if (next === "auto") delete document.documentElement.dataset.theme;
                  else document.documentElement.dataset.theme = next;
                  try { localStorage.setItem("novi-theme", next); } catch { /* for this page only */ }
                  nameTheme();
                });
                matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSparks);
                byId("banner-retry").addEventListener("click", () => feed.retry());
                byId("apps-filter").addEventListener("input", () => { if (model.state) showRows(); });
                new ResizeObserver(drawSparks).observe(byId("apps"));

                // A page that nobody sees lets the gateway rest.
                let hiding;
                document.addEventListener("visibilitychange", () => {
                  clearTimeout(hiding);
                  if (document.hidden) hiding = setTimeout(() => feed.pause(), 60000);
                  else feed.unpause();
                });
                addEventListener("online", () => feed.retry());

                nameTheme();
                feed.run();

                """##
        ),
        File(
            name: "feed.js",
            text: ##"""
                // Asking the gateway: single answers, and the stream of what happens, which is taken up again when it breaks.

                let token = null;
                try { token = sessionStorage.getItem("novi-token"); } catch { /* no storage, then it is asked for again */ }

                export class Refused extends Error {
                  constructor(status, message) {
                    super(message);
                    this.status = status;
                  }
                }

                export function setToken(text) {
                  token = text;
                  try { sessionStorage.setItem("novi-token", text); } catch { /* kept in this page only */ }
                }

                const headers = (own) => (own || token ? { Authorization: `Bearer ${own || token}` } : {});

                async function checked(response) {
                  if (response.ok) return response;
                  let message = response.statusText;
                  try { message = (await response.json()).error.message; } catch { /* no JSON, then the status says it */ }
                  throw new Refused(response.status, message);
                }

                export async function ask(path, parameters = {}) {
                  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
                  const text = query.toString();
                  const response = await checked(await fetch(text ? `${path}?${text}` : path, { headers: headers(), cache: "no-store" }));
                  return response.json();
                }

                export async function act(action, process, operatorToken) {
                  const response = await fetch("/api/actions", {
                    method: "POST",
                    headers: { ...headers(operatorToken), "Content-Type": "application/json" },
                    body: JSON.stringify({ action, process }),
                  });
                  return (await checked(response)).json();
                }

                /** Longest silence of a stream that works: one that is cut without a word is given up after it. */
                const SILENCE = 20000;

                /** Follows /api/stream for ever. `on` gets message(event, data), open(), lost(seconds), refused(error). */
                export class Feed {
                  constructor(on) {
                    this.on = on;
                    this.failures = 0;
                    this.isPaused = false;
                  }

                  async run() {
                    for (;;) {
                      try {
                        await this.read();
                      } catch (error) {
                        if (error instanceof Refused && error.status === 401) {
                          await this.on.refused(error);
                          this.failures = 0;
                          continue;
                        }
                      }
                      while (this.isPaused) await new Promise((resume) => { this.resume = resume; });
                      this.failures += 1;
                      await this.wait(Math.min(30, 2 ** Math.min(this.failures - 1, 5)));
                    }
                  }

                  async wait(seconds) {
                    const end = Date.now() + seconds * 1000;
                    this.isHurried = false;
                    while (!this.isHurried && Date.now() < end) {
                      this.on.lost(Math.ceil((end - Date.now()) / 1000));
                      await new Promise((resume) => { setTimeout(resume, 250); this.hurry = () => { this.isHurried = true; resume(); }; });
                    }
                  }

                  /** Tries now instead of later. */
                  retry() { this.hurry?.(); }

                  pause() { this.isPaused = true; this.abort?.(); }
                  unpause() { this.isPaused = false; this.failures = 0; this.resume?.(); this.hurry?.(); }

                  async read() {
                    const controller = new AbortController();
                    this.abort = () => controller.abort();
                    let timer = setTimeout(this.abort, SILENCE);
                    try {
                      const response = await checked(await fetch("/api/stream", { headers: headers(), cache: "no-store", signal: controller.signal }));
                      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
                      this.failures = 0;
                      this.on.open();
                      let rest = "";
                      for (;;) {
                        const { value, done } = await reader.read();
                        if (done) return;
                        clearTimeout(timer);
                        timer = setTimeout(this.abort, SILENCE);
                        rest += value;
                        let end;
                        while ((end = rest.indexOf("\n\n")) >= 0) {
                          this.take(rest.slice(0, end));
                          rest = rest.slice(end + 2);
                        }
                      }
                    } finally {
                      clearTimeout(timer);
                    }
                  }

                  take(message) {
                    let event = "message";
                    let data = "";
                    for (const line of message.split("\n")) {
                      if (line.startsWith("event: ")) event = line.slice(7);
                      else if (line.startsWith("data: ")) data += line.slice(6);
                    }
                    if (data) this.on.message(event, JSON.parse(data));
                  }
                }

                """##
        ),
        File(
            name: "format.js",
            text: ##"""
                // Numbers, times and elements; nothing of the supervisor.

                /** Makes an element; attributes that are null or false are left out, texts stay texts. */
                export function h(tag, attributes = {}, ...children) {
                  const element = document.createElement(tag);
                  for (const [name, value] of Object.entries(attributes)) {
                    if (value === null || value === undefined || value === false) continue;
                    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
                    else element.setAttribute(name, value === true ? "" : value);
                  }
                  element.append(...children.filter((child) => child !== null && child !== undefined));
                  return element;
                }

                export function svg(tag, attributes = {}) {
                  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
                  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
                  return element;
                }

                export const byId = (id) => document.getElementById(id);

                /** Sets a text only where it differs, so that nothing is selected or read anew for nothing. */
                export function setText(element, text) {
                  if (element.textContent !== text) element.textContent = text;
                }

                export function bytes(value) {
                  if (value === null || value === undefined) return "–";
                  const units = ["B", "KB", "MB", "GB", "TB"];
                  let unit = 0;
                  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
                    value /= 1024;
                    unit += 1;
                  }
                  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
                }

                export function percent(value) {
                  if (value === null || value === undefined) return "–";
                  return `${value >= 10 || value === 0 ? Math.round(value) : value.toFixed(1)} %`;
                }

                export function rate(value) {
                  if (value === null || value === undefined) return "–";
                  return value >= 100 || value === 0 ? String(Math.round(value)) : value.toFixed(1);
                }

                export function milliseconds(value) {
                  if (value === null || value === undefined) return "–";
                  if (value >= 10000) return `${(value / 1000).toFixed(0)} s`;
                  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
                  return `${value >= 10 || value === 0 ? Math.round(value) : value.toFixed(1)} ms`;
                }

                /** Two units at the most: 5 d 2 h. */
                export function span(ms) {
                  if (ms === null || ms === undefined) return "–";
                  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
                  const seconds = Math.floor(ms / 1000);
                  const pair = (a, x, b, y) => (b ? `${a} ${x} ${b} ${y}` : `${a} ${x}`);
                  if (seconds < 60) return `${seconds} s`;
                  if (seconds < 3600) return pair(Math.floor(seconds / 60), "min", seconds % 60, "s");
                  if (seconds < 86400) return pair(Math.floor(seconds / 3600), "h", Math.floor((seconds % 3600) / 60), "min");
                  return pair(Math.floor(seconds / 86400), "d", Math.floor((seconds % 86400) / 3600), "h");
                }

                const two = (number) => String(number).padStart(2, "0");

                /** The time of day; the date before it where it is not today. */
                export function clock(ms, withSeconds = true) {
                  const date = new Date(ms);
                  if (Number.isNaN(date.getTime())) return "–";
                  const time = `${two(date.getHours())}:${two(date.getMinutes())}${withSeconds ? `:${two(date.getSeconds())}` : ""}`;
                  return new Date().toDateString() === date.toDateString() ? time : `${day(ms)} ${time}`;
                }

                export function day(ms) {
                  const date = new Date(ms);
                  return `${date.getDate()} ${["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][date.getMonth()]}`;
                }

                export const ago = (text) => `${span(Date.now() - Date.parse(text))} ago`;

                """##
        ),
        File(
            name: "icon.svg",
            text: ##"""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><rect width="20" height="20" rx="4" fill="#1f4f7a"/><path d="M6 14.5v-9l8 9v-9" fill="none" stroke="#fff" stroke-width="2"/></svg>

                """##
        ),
        File(
            name: "index.html",
            text: ##"""
                <!doctype html>
                <html lang="en">
                <head>
                  <meta charset="utf-8">
                  <meta name="viewport" content="width=device-width, initial-scale=1">
                  <meta name="color-scheme" content="light dark">
                  <title>novi</title>
                  <link rel="icon" href="icon.svg" type="image/svg+xml">
                  <link rel="stylesheet" href="style.css">
                  <script src="theme.js"></script>
                  <script type="module" src="app.js"></script>
                </head>
                <body>
                  <a class="skip" href="#apps">Skip to the apps</a>
                  <header>
                    <h1><svg class="mark" viewBox="0 0 20 20" aria-hidden="true"><path d="M3 17V3l14 14V3"/></svg>novi</h1>
                    <p id="supervisor" class="soft">asking the supervisor …</p>
                    <div class="tools">
                      <button id="operator" type="button" aria-haspopup="dialog">Operate …</button>
                      <button id="theme" type="button">Theme: auto</button>
                    </div>
                  </header>
                  <div id="banner" role="alert" hidden><span id="banner-text"></span> <button id="banner-retry" type="button">Try now</button></div>
                  <p id="announcer" class="hidden" aria-live="polite"></p>
                  <noscript><p class="note">This page needs JavaScript. The same is told by <code>noviSupervisor status</code>, <code>monit</code> and <code>/metrics</code>.</p></noscript>

                  <main>
                    <section id="host" aria-label="Machine">
                      <div class="meter" id="meter-cpu"><h2>Processors</h2><p class="figure">–</p><p class="detail soft"></p><div class="bar"><i></i><b></b></div></div>
                      <div class="meter" id="meter-memory"><h2>Memory</h2><p class="figure">–</p><p class="detail soft"></p><div class="bar"><i></i><b></b></div></div>
                      <div class="meter" id="meter-disk"><h2>Disk</h2><p class="figure">–</p><p class="detail soft"></p><div class="bar"><i></i><b></b></div></div>
                    </section>

                    <div class="columns">
                      <div class="wide">
                        <section id="apps" aria-labelledby="apps-title" tabindex="-1">
                          <div class="head">
                            <h2 id="apps-title">Apps</h2>
                            <p id="apps-summary" class="soft"></p>
                            <label class="filter"><span class="hidden">Filter apps</span><input id="apps-filter" type="search" placeholder="Filter" autocomplete="off" spellcheck="false"></label>
                          </div>
                          <table id="apps-table" role="table" aria-labelledby="apps-title">
                            <thead role="rowgroup">
                              <tr role="row">
                                <th role="columnheader" scope="col">App</th>
                                <th role="columnheader" scope="col">State</th>
                                <th role="columnheader" scope="col" class="number">CPU</th>
                                <th role="columnheader" scope="col" class="number">Memory</th>
                                <th role="columnheader" scope="col" class="number">Heap</th>
                                <th role="columnheader" scope="col" class="number">Req/s</th>
                                <th role="columnheader" scope="col" class="number">p95</th>
                                <th role="columnheader" scope="col" class="number">Errors</th>
                                <th role="columnheader" scope="col" class="number">Restarts</th>
                                <th role="columnheader" scope="col" class="number">Uptime</th>
                              </tr>
                            </thead>
                            <tbody id="apps-rows" role="rowgroup"></tbody>
                          </table>
                          <p id="apps-empty" class="note">Loading …</p>
                        </section>

                        <section id="detail" aria-labelledby="detail-title" hidden>
                          <div class="head">
                            <h2 id="detail-title" tabindex="-1"></h2>
                            <p id="detail-state"></p>
                            <div id="detail-actions" class="tools" hidden></div>
                          </div>
                          <p id="detail-reason" class="reason" hidden></p>
                          <div class="over-plots">
                            <fieldset id="ranges" class="choices"><legend class="hidden">Time shown</legend></fieldset>
                            <p class="legend"><span><i></i>ended by itself</span> <span><i class="asked"></i>asked for</span></p>
                          </div>
                          <div id="plots"></div>
                          <details id="ends">
                            <summary>Memory before each end</summary>
                            <ol id="ends-list" class="plain"></ol>
                          </details>
                          <details id="figures">
                            <summary>These figures as a table</summary>
                            <div class="scroll" tabindex="0" role="region" aria-label="Figures as a table"><table id="figures-table"></table></div>
                          </details>
                        </section>

                        <section id="log" aria-labelledby="log-title">
                          <div class="head">
                            <h2 id="log-title">Log</h2>
                            <form id="log-form" role="search" aria-label="Log lines">
                              <label><span class="hidden">App</span><select id="log-app"><option value="">All apps</option></select></label>
                              <label><span class="hidden">Lowest level</span><select id="log-level">
                                <option value="">All levels</option><option value="info">Info and above</option>
                                <option value="warning">Warnings and above</option><option value="error">Errors only</option>
                              </select></label>
                              <label><span class="hidden">Search</span><input id="log-search" type="search" placeholder="Search the last day" autocomplete="off" spellcheck="false" maxlength="200"></label>
                              <label class="check"><input id="log-follow" type="checkbox" checked> Follow</label>
                              <label class="check"><input id="log-wrap" type="checkbox" checked> Wrap</label>
                            </form>
                          </div>
                          <p id="log-note" class="note">Loading …</p>
                          <ol id="log-lines" role="log" aria-live="off" aria-labelledby="log-title" tabindex="0" hidden></ol>
                        </section>
                      </div>

                      <div class="narrow">
                        <section aria-labelledby="alerts-title">
                          <div class="head"><h2 id="alerts-title">Alerts</h2><p id="alerts-summary" class="soft"></p></div>
                          <ul id="alerts" class="plain"></ul>
                        </section>
                        <section id="whatsapp" aria-labelledby="whatsapp-title">
                          <div class="head"><h2 id="whatsapp-title">WhatsApp</h2><p id="whatsapp-state"></p></div>
                          <div id="whatsapp-body"></div>
                        </section>
                        <section id="database" aria-labelledby="database-title">
                          <div class="head"><h2 id="database-title">Database</h2><p id="database-state"></p></div>
                          <div id="database-body"></div>
                        </section>
                        <section aria-labelledby="events-title">
                          <div class="head"><h2 id="events-title">Events</h2></div>
                          <ol id="events" class="plain" tabindex="0" aria-labelledby="events-title"></ol>
                        </section>
                      </div>
                    </div>
                  </main>

                  <dialog id="token-dialog" aria-labelledby="token-title">
                    <form method="dialog" id="token-form">
                      <h2 id="token-title">Token</h2>
                      <p id="token-text"></p>
                      <label>Token <input id="token-input" type="password" autocomplete="off" spellcheck="false" required></label>
                      <p id="token-error" class="reason" hidden></p>
                      <div class="tools"><button type="submit" value="ok" class="primary">Use it</button><button type="button" id="token-cancel">Cancel</button></div>
                    </form>
                  </dialog>
                  <dialog id="confirm-dialog" aria-labelledby="confirm-title">
                    <form method="dialog">
                      <h2 id="confirm-title"></h2>
                      <p id="confirm-text"></p>
                      <p>The same in a shell:</p>
                      <pre id="confirm-command"></pre>
                      <div class="tools"><button type="submit" value="ok" class="primary" id="confirm-ok"></button><button type="submit" value="no">Cancel</button></div>
                    </form>
                  </dialog>
                </body>
                </html>

                """##
        ),
        File(
            name: "plot.js",
            text: ##"""
                // Lines over time: sparklines on canvas, and lanes in SVG that share one time axis, with marks and a cross-hair.

                import { clock, day, h, svg } from "./format.js";

                /** Draws a small line; [time, value] pairs from `from` to `to`, the top at least `top`. */
                export function spark(canvas, points, from, to, top) {
                  const ratio = window.devicePixelRatio || 1;
                  const width = canvas.clientWidth, height = canvas.clientHeight;
                  if (!width) return;
                  if (canvas.width !== Math.round(width * ratio)) {
                    canvas.width = Math.round(width * ratio);
                    canvas.height = Math.round(height * ratio);
                  }
                  const pen = canvas.getContext("2d");
                  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
                  pen.clearRect(0, 0, width, height);
                  const style = getComputedStyle(canvas);
                  let most = top, least = Infinity;
                  for (const [, value] of points) {
                    if (value > most) most = value;
                    if (value < least) least = value;
                  }
                  // Without a fixed scale (memory) what counts is the change: the line gets room around itself.
                  let base = 0;
                  if (!top && points.length) {
                    const room = Math.max((most - least) * 0.3, most * 0.02, 1e-9);
                    base = Math.max(0, least - room);
                    most += room;
                  }
                  const x = (time) => ((time - from) / (to - from)) * width;
                  const y = (value) => height - 1.5 - ((value - base) / (most - base || 1)) * (height - 3);
                  pen.beginPath();
                  let last = null, first = null;
                  for (const [time, value] of points) {
                    if (time < from) continue;
                    if (last === null || time - last > 30) pen.moveTo(x(time), y(value));
                    else pen.lineTo(x(time), y(value));
                    if (first === null) first = time;
                    last = time;
                  }
                  if (last === null) return;
                  pen.strokeStyle = style.getPropertyValue("--accent");
                  pen.lineWidth = 1.2;
                  pen.lineJoin = "round";
                  pen.stroke();
                  pen.lineTo(x(last), height);
                  pen.lineTo(x(first), height);
                  pen.fillStyle = style.getPropertyValue("--accent-fill");
                  pen.fill();
                }

                /** A round number not below `value`, for the top of an axis. */
                function roundTop(value, isBytes) {
                  if (!(value > 0)) return 1;
                  const base = isBytes ? 1024 ** Math.floor(Math.log(value) / Math.log(1024)) : 1;
                  const scaled = value / base;
                  const power = 10 ** Math.floor(Math.log10(scaled));
                  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= scaled) ?? 10;
                  return step * power * base;
                }

                const STEPS = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000];

                /**
                 * Lanes in `root`. `lanes` are {key, name, format, isBytes, least}; set(data) draws
                 * {from, to, series: {key: [[time, average, maximum?]]}, marks: [{time, kind, title, text}]}.
                 */
                export class Lanes {
                  constructor(root, lanes) {
                    this.root = root;
                    this.lanes = lanes;
                    this.data = null;
                    this.stack = h("div", {});
                    this.cross = h("div", { id: "cross", hidden: true });
                    this.tip = h("div", { id: "tip", role: "tooltip", hidden: true });
                    // Lies over the lanes and below the marks, which are buttons of their own.
                    const scrub = h("div", { id: "scrub", tabindex: 0, role: "slider", "aria-label": "Moment in the plots; arrow keys move it" });
                    this.scrub = scrub;
                    scrub.addEventListener("pointermove", (event) => this.point(event.clientX - root.getBoundingClientRect().left));
                    scrub.addEventListener("pointerleave", () => this.leave());
                    scrub.addEventListener("keydown", (event) => this.key(event));
                    scrub.addEventListener("blur", () => this.leave());
                    root.replaceChildren(this.stack, scrub, this.cross, this.tip);
                    new ResizeObserver(() => this.draw()).observe(root);
                  }

                  set(data) {
                    this.data = data;
                    this.draw();
                  }

                  get width() { return this.root.clientWidth; }
                  x(time) { return ((time - this.data.from) / (this.data.to - this.data.from)) * this.width; }

                  draw() {
                    const { data, stack } = this;
                    if (!data || !this.width) return;
                    // A marker with the focus keeps it over the redrawing.
                    const focused = document.activeElement?.dataset?.mark;
                    const parts = [this.drawMarks()];
                    this.drawn = this.lanes.filter((lane) => (data.series[lane.key] ?? []).length);
                    for (const lane of this.drawn) parts.push(this.drawLane(lane));
                    parts.push(this.drawAxis());
                    stack.replaceChildren(...parts);
                    if (focused !== undefined) stack.querySelector(`[data-mark="${focused}"]`)?.focus({ preventScroll: true });
                    if (this.moment !== undefined && !this.cross.hidden) this.show(this.moment);
                    else this.describe();
                  }

                  drawMarks() {
                    const lane = h("div", { class: "lane events" });
                    const inside = this.data.marks.filter((mark) => mark.time >= this.data.from && mark.time <= this.data.to);
                    if (!inside.length) lane.append(h("div", { class: "lane-label soft" }, "no restarts in this time"));
                    for (const mark of this.gathered(inside)) {
                      const marker = h("button", {
                        type: "button", class: `marker ${mark.kind}`, "data-mark": `${mark.time}`,
                        "aria-label": `${clock(mark.time * 1000)}: ${mark.title}. ${mark.text}`,
                      });
                      marker.style.left = `${this.x(mark.time)}px`;
                      const show = () => this.tell(mark);
                      marker.addEventListener("pointerenter", show);
                      marker.addEventListener("focus", show);
                      marker.addEventListener("pointerleave", () => { this.tip.hidden = true; });
                      marker.addEventListener("blur", () => { this.tip.hidden = true; });
                      lane.append(marker);
                    }
                    return lane;
                  }

                  /** Marks that would lie on each other become one: a failure is seen before what was asked for. */
                  gathered(marks) {
                    const groups = [];
                    for (const mark of marks) {
                      const last = groups.at(-1);
                      if (last && this.x(mark.time) - this.x(last.first) < 15) {
                        last.count += 1;
                        Object.assign(last, { title: `${last.count} ends, the last: ${mark.title}`, text: mark.text, time: mark.time });
                        if (mark.kind === "failed") last.kind = "failed";
                      } else {
                        groups.push({ ...mark, first: mark.time, count: 1 });
                      }
                    }
                    return groups;
                  }

                  tell(mark) {
                    this.tip.replaceChildren(h("b", {}, mark.title), h("br"), mark.text, h("br"), clock(mark.time * 1000));
                    this.tip.hidden = false;
                    const left = Math.min(Math.max(0, this.x(mark.time) - 40), Math.max(0, this.width - this.tip.offsetWidth - 4));
                    this.tip.style.left = `${left}px`;
                    this.tip.style.top = "28px";
                  }

                  drawLane(lane) {
                    const points = this.data.series[lane.key];
                    const element = h("div", { class: `lane ${lane.key}` });
                    const height = element.clientHeight || (window.innerWidth <= 720 ? 57 : 65);
                    const most = points.reduce((most, point) => Math.max(most, point[2] ?? point[1]), lane.least ?? 0);
                    const top = roundTop(most * 1.02, lane.isBytes);
                    const y = (value) => height - (value / top) * (height - 24);
                    // A gap of more than three steps is a gap: nothing is known of it.
                    const step = points.length > 1 ? Math.max(12, ((points.at(-1)[0] - points[0][0]) / (points.length - 1)) * 3.5) : 12;
                    let line = "", area = "", runStart = null, previous = null;
                    const close = () => { if (previous !== null) area += `L${this.x(previous).toFixed(1)},${height}L${this.x(runStart).toFixed(1)},${height}Z`; };
                    for (const [time, average, maximum] of points) {
                      const px = this.x(time).toFixed(1);
                      const isNew = previous === null || time - previous > step;
                      if (isNew) { close(); runStart = time; }
                      line += `${isNew ? "M" : "L"}${px},${y(average).toFixed(1)}`;
                      area += `${isNew ? "M" : "L"}${px},${y(maximum ?? average).toFixed(1)}`;
                      previous = time;
                    }
                    close();
                    const drawing = svg("svg", { viewBox: `0 0 ${this.width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
                    drawing.append(svg("line", { class: "grid", x1: 0, x2: this.width, y1: y(top), y2: y(top) }));
                    drawing.classList.toggle("crowded", this.data.marks.length > 20);
                    for (const mark of this.data.marks) {
                      if (mark.time < this.data.from || mark.time > this.data.to) continue;
                      drawing.append(svg("line", { class: `mark ${mark.kind}`, x1: this.x(mark.time), x2: this.x(mark.time), y1: 0, y2: height }));
                    }
                    drawing.append(svg("path", { class: "area", d: area }), svg("path", { class: "line", d: line }));
                    lane.value = h("span", { class: "lane-value" }, lane.format(points.at(-1)[1]));
                    element.append(
                      drawing,
                      h("div", { class: "lane-label" }, h("span", { class: "lane-name" }, lane.name), lane.value),
                      h("div", { class: "lane-top" }, lane.format(top)),
                    );
                    return element;
                  }

                  drawAxis() {
                    const { from, to } = this.data;
                    const drawing = svg("svg", { viewBox: `0 0 ${this.width} 22`, preserveAspectRatio: "none", "aria-hidden": "true" });
                    const wanted = Math.max(2, Math.floor(this.width / 110));
                    const step = STEPS.find((step) => (to - from) / step <= wanted) ?? STEPS.at(-1);
                    const offset = new Date(from * 1000).getTimezoneOffset() * 60;
                    for (let time = Math.ceil((from - offset) / step) * step + offset; time <= to; time += step) {
                      const x = this.x(time);
                      if (x < 24 || x > this.width - 24) continue;
                      const text = svg("text", { x, y: 15, "text-anchor": "middle" });
                      text.textContent = step >= 43200 ? day(time * 1000) : clock(time * 1000, step < 60).split(" ").at(-1);
                      drawing.append(svg("line", { class: "grid", x1: x, x2: x, y1: 0, y2: 4 }), text);
                    }
                    const lane = h("div", { class: "lane axis" });
                    lane.append(drawing);
                    return lane;
                  }

                  // The cross-hair: one moment in all lanes, by pointer or by arrow keys.

                  point(x) {
                    if (!this.data) return;
                    this.show(this.data.from + (x / this.width) * (this.data.to - this.data.from));
                  }

                  key(event) {
                    if (!this.data) return;
                    const { from, to } = this.data;
                    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
                    let moment = this.moment ?? to;
                    if (event.key in steps) moment += (steps[event.key] * (to - from)) / 100;
                    else if (event.key === "Home") moment = from;
                    else if (event.key === "End") moment = to;
                    else if (event.key === "Escape") return this.leave();
                    else return;
                    event.preventDefault();
                    this.show(Math.min(to, Math.max(from, moment)));
                  }

                  at(lane, moment) {
                    let best = null;
                    for (const point of this.data.series[lane.key]) {
                      if (best === null || Math.abs(point[0] - moment) < Math.abs(best[0] - moment)) best = point;
                    }
                    return best;
                  }

                  show(moment) {
                    this.moment = moment;
                    this.cross.hidden = false;
                    this.cross.style.left = `${this.x(moment)}px`;
                    const said = [clock(moment * 1000)];
                    for (const lane of this.drawn ?? []) {
                      const point = this.at(lane, moment);
                      const text = lane.format(point[1]) + (point[2] > point[1] ? `, at most ${lane.format(point[2])}` : "");
                      lane.value.textContent = `${text} · ${clock(point[0] * 1000)}`;
                      said.push(`${lane.name} ${text}`);
                    }
                    this.scrub.setAttribute("aria-valuetext", said.join("; "));
                    this.scrub.setAttribute("aria-valuenow", String(Math.round(moment)));
                  }

                  leave() {
                    if (this.cross.hidden) return;
                    this.cross.hidden = true;
                    this.moment = undefined;
                    for (const lane of this.drawn ?? []) lane.value.textContent = lane.format(this.data.series[lane.key].at(-1)[1]);
                    this.describe();
                  }

                  describe() {
                    const { from, to } = this.data;
                    this.scrub.setAttribute("aria-valuemin", String(from));
                    this.scrub.setAttribute("aria-valuemax", String(to));
                    this.scrub.setAttribute("aria-valuenow", String(to));
                    const said = (this.drawn ?? []).map((lane) => `${lane.name} ${lane.value.textContent}`);
                    this.scrub.setAttribute("aria-valuetext", `now: ${said.join("; ") || "nothing is known yet"}`);
                  }
                }

                """##
        ),
        File(
            name: "status.html",
            text: ##"""
                <!doctype html>
                <html lang="en">
                <head>
                  <meta charset="utf-8">
                  <meta name="viewport" content="width=device-width, initial-scale=1">
                  <meta name="color-scheme" content="light dark">
                  <meta http-equiv="refresh" content="60">
                  <title>Status</title>
                  <link rel="icon" href="icon.svg" type="image/svg+xml">
                  <link rel="stylesheet" href="style.css">
                  <script src="theme.js"></script>
                </head>
                <body class="board">
                  <main>
                    <h1>Status</h1>
                    <ul>
                      {{lines}}
                    </ul>
                    <p class="soft">This page renews itself every minute.</p>
                  </main>
                </body>
                </html>

                """##
        ),
        File(
            name: "style.css",
            text: ##"""
                /* Ink on paper: hairlines instead of boxes, one accent, colour never alone. */
                :root {
                  color-scheme: light;
                  --paper: #f8f7f4; --panel: #fffefc; --ink: #1c1c1a; --soft: #5d5c57; --rule: #e1ded6; --strong-rule: #bab6ac;
                  --accent: #1f4f7a; --accent-fill: #1f4f7a1c; --ok: #17724a; --warn: #8a5a00; --bad: #b0261e; --bad-fill: #b0261e10;
                  --warn-fill: #8a5a0010; --select: #1f4f7a12; --mark: #b0261e; --track: #e8e5dd;
                }
                :root[data-shown="dark"] {
                  color-scheme: dark;
                  --paper: #131417; --panel: #191b1f; --ink: #e6e4df; --soft: #a09e98; --rule: #2a2c31; --strong-rule: #4a4d55;
                  --accent: #86b6e6; --accent-fill: #86b6e622; --ok: #62c596; --warn: #dfae57; --bad: #f58a80; --bad-fill: #f58a8014;
                  --warn-fill: #dfae5714; --select: #86b6e618; --mark: #f58a80; --track: #2a2c31;
                }
                *, *::before, *::after { box-sizing: border-box; }
                html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
                body {
                  margin: 0; background: var(--paper); color: var(--ink);
                  font: 13px/1.45 Inter, "Segoe UI Variable Text", "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
                  font-variant-numeric: tabular-nums; font-feature-settings: "cv10", "ss03";
                }
                h1, h2, p, ul, ol, pre, fieldset, figure { margin: 0; padding: 0; }
                h1, h2 { font-size: inherit; font-weight: 600; }
                ul.plain, ol.plain { list-style: none; }
                fieldset { border: 0; min-width: 0; }
                a { color: var(--accent); }
                button, select, input { font: inherit; color: inherit; }
                button, select, input[type="search"], input[type="password"] {
                  background: var(--panel); border: 1px solid var(--rule); border-radius: 4px; padding: 3px 9px; min-height: 28px;
                }
                button { cursor: pointer; }
                button:hover, select:hover { border-color: var(--strong-rule); }
                button:disabled { opacity: .5; cursor: default; }
                button.primary { background: var(--accent); border-color: var(--accent); color: var(--paper); }
                button.danger { color: var(--bad); }
                input::placeholder { color: var(--soft); opacity: 1; }
                :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
                .soft { color: var(--soft); }
                .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
                [hidden] { display: none !important; }
                .skip { position: absolute; left: 8px; top: -60px; background: var(--panel); padding: 6px 12px; z-index: 5; }
                .skip:focus { top: 8px; }

                header {
                  display: flex; flex-wrap: wrap; align-items: center; gap: 4px 18px;
                  padding: 12px 24px; max-width: 1640px; margin: 0 auto;
                }
                header h1 { font-size: 17px; letter-spacing: -.02em; display: flex; align-items: center; gap: 7px; }
                .mark { width: 15px; height: 15px; fill: none; stroke: var(--accent); stroke-width: 3; }
                .tools { display: flex; flex-wrap: wrap; gap: 6px; }
                header .tools { margin-left: auto; }
                #banner {
                  background: var(--warn-fill); border-block: 1px solid var(--warn); padding: 7px 24px; text-align: center;
                }
                #banner button { margin-left: 8px; }
                main { max-width: 1640px; margin: 0 auto; padding: 0 24px 40px; }

                /* The machine in one line. */
                #host { display: grid; grid-template-columns: repeat(3, 1fr); border-block: 1px solid var(--rule); }
                .meter { display: grid; grid-template-columns: auto auto 1fr; align-items: baseline; gap: 0 10px; padding: 9px 20px 10px 0; min-width: 0; }
                .meter + .meter { border-left: 1px solid var(--rule); padding-left: 20px; }
                .meter h2, .head h2, th, dt, .lane-name {
                  font-size: 11px; font-weight: 600; letter-spacing: .055em; text-transform: uppercase; color: var(--soft);
                }
                .meter .figure { font-size: 15px; font-weight: 600; }
                .meter .detail { text-align: right; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
                .meter .bar { grid-column: 1 / -1; position: relative; height: 3px; margin-top: 6px; background: var(--track); border-radius: 2px; }
                .meter .bar i { position: absolute; inset: 0 auto 0 0; width: 0; background: var(--accent); border-radius: 2px; }
                .meter .bar b { position: absolute; top: -3px; bottom: -3px; width: 1px; background: var(--soft); }
                .meter.high .figure { color: var(--bad); }
                .meter.high .bar i { background: var(--bad); }

                .columns { display: grid; grid-template-columns: minmax(0, 1fr) 348px; gap: 0 36px; }
                .wide, .narrow { min-width: 0; }
                section { scroll-margin-top: 12px; }
                .wide > section, .narrow > section { padding-top: 18px; }
                .head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; min-height: 30px; margin-bottom: 4px; }
                .narrow .head { min-height: 24px; }
                .head > .tools, .head > form, .head > .filter { margin-left: auto; }
                .head h2 { color: var(--ink); }
                .note { color: var(--soft); padding: 10px 0; }
                .reason { color: var(--bad); }

                /* Apps. */
                #apps-filter { width: 150px; }
                table { border-collapse: collapse; width: 100%; }
                th { text-align: left; padding: 4px 10px 5px 0; border-bottom: 1px solid var(--strong-rule); white-space: nowrap; }
                td { padding: 0 10px 0 0; border-bottom: 1px solid var(--rule); height: 34px; white-space: nowrap; vertical-align: middle; }
                th:last-child, td:last-child { padding-right: 4px; }
                .number { text-align: right; }
                #apps-rows tr { cursor: pointer; }
                #apps-rows tr:hover td { background: var(--accent-fill); }
                #apps-rows tr.selected td { background: var(--select); box-shadow: inset 0 1px var(--accent), inset 0 -1px var(--accent); }
                #apps-rows tr.unwell td { background: var(--bad-fill); }
                td.app { padding-left: 8px; max-width: 210px; overflow: hidden; text-overflow: ellipsis; }
                th:first-child { padding-left: 8px; }
                td.app button { all: unset; cursor: pointer; font-weight: 600; }
                td.app button:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
                td.app span { color: var(--soft); margin-left: 6px; }
                td.spark { min-width: 148px; }
                td.spark > div { display: flex; align-items: center; justify-content: flex-end; gap: 8px; }
                canvas.spark { width: 84px; height: 22px; flex: none; }
                .state { display: inline-flex; align-items: center; gap: 7px; }
                .state::before { content: ""; width: 8px; height: 8px; flex: none; border-radius: 50%; border: 1.5px solid var(--soft); }
                .state.good::before { background: var(--ok); border-color: var(--ok); }
                .state.moving::before { border-color: var(--warn); background: linear-gradient(90deg, var(--warn) 50%, transparent 50%); }
                .state.broken::before { background: var(--bad); border-color: var(--bad); border-radius: 1px; transform: rotate(45deg); }
                .state.good { color: var(--ok); } .state.moving { color: var(--warn); } .state.broken { color: var(--bad); font-weight: 600; }
                .zero { color: var(--soft); }

                /* One app over time: lanes that share one time axis. */
                #detail .head { border-top: 1px solid var(--rule); padding-top: 14px; }
                #detail-title { font-size: 17px; letter-spacing: -.015em; text-transform: none; }
                .over-plots { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 6px 16px; margin: 6px 0 8px; }
                .choices { display: flex; }
                .legend { display: flex; gap: 14px; color: var(--soft); font-size: 12px; }
                .legend span { display: inline-flex; align-items: center; gap: 6px; }
                .legend i { width: 8px; height: 8px; background: var(--mark); transform: rotate(45deg); border-radius: 1px; }
                .legend i.asked { background: none; border: 1.5px solid var(--soft); border-radius: 50%; }
                .choices label { position: relative; }
                .choices input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: pointer; }
                .choices span { display: block; padding: 4px 12px; border: 1px solid var(--rule); margin-left: -1px; color: var(--soft); background: var(--panel); }
                .choices label:first-of-type span { border-radius: 4px 0 0 4px; margin-left: 0; }
                .choices label:last-of-type span { border-radius: 0 4px 4px 0; }
                .choices input:checked + span { color: var(--ink); font-weight: 600; border-color: var(--strong-rule); position: relative; }
                .choices input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 2px; z-index: 1; }
                #plots { position: relative; background: var(--panel); border: 1px solid var(--rule); border-radius: 4px; touch-action: pan-y; }
                .lane { position: relative; height: 66px; border-bottom: 1px solid var(--rule); }
                .lane.events { height: 28px; }
                .lane.axis { height: 22px; border-bottom: 0; }
                .lane svg { display: block; width: 100%; height: 100%; overflow: visible; }
                .lane-label { position: absolute; left: 10px; top: 5px; display: flex; gap: 8px; align-items: baseline; pointer-events: none; }
                .lane-label, .lane-top { background: var(--panel); padding: 0 4px; margin: 0 -4px; z-index: 1; }
                .lane-value { font-weight: 600; }
                .lane-top { position: absolute; right: 8px; top: 5px; font-size: 11px; color: var(--soft); pointer-events: none; }
                .lane.errors { --accent: var(--bad); --accent-fill: var(--bad-fill); }
                .lane path.line { fill: none; stroke: var(--accent); stroke-width: 1.4; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
                .lane path.area { fill: var(--accent-fill); stroke: none; }
                .lane line.grid { stroke: var(--rule); stroke-width: 1; }
                .lane line.mark { stroke: var(--mark); stroke-width: 1; stroke-dasharray: 2 3; opacity: .75; }
                .lane .crowded line.mark { opacity: .25; }
                .lane line.mark.asked { stroke: var(--soft); }
                .lane text { fill: var(--soft); font-size: 11px; }
                .marker { all: unset; position: absolute; top: 6px; width: 16px; height: 16px; margin-left: -8px; cursor: help; }
                .marker::before { content: ""; position: absolute; inset: 4px; background: var(--mark); transform: rotate(45deg); border-radius: 1px; }
                .marker.asked::before { background: transparent; border: 1.5px solid var(--soft); border-radius: 50%; transform: none; }
                .marker:focus-visible { outline: 2px solid var(--accent); border-radius: 3px; }
                #scrub { position: absolute; inset: 28px 0 22px; cursor: crosshair; }
                #cross { position: absolute; top: 0; bottom: 22px; width: 1px; background: var(--soft); pointer-events: none; }
                #tip {
                  position: absolute; z-index: 3; max-width: min(300px, 90%); background: var(--ink); color: var(--paper); padding: 6px 10px;
                  border-radius: 4px; pointer-events: none; font-size: 12px;
                }
                #tip b { font-weight: 600; }
                #ends, #figures { margin-top: 8px; }
                #ends li { display: grid; grid-template-columns: 62px minmax(0, 1fr) 180px; gap: 2px 12px; align-items: center; padding: 6px 0; border-bottom: 1px solid var(--rule); font-size: 12px; }
                #ends time, #ends .soft { color: var(--soft); }
                #ends p { margin: 0; overflow-wrap: anywhere; }
                #ends canvas.spark { width: 180px; height: 34px; }
                #ends li.bad { --accent: var(--bad); --accent-fill: var(--bad-fill); }
                @media (max-width: 640px) { #ends li { grid-template-columns: 62px minmax(0, 1fr); } #ends canvas.spark { grid-column: 2; width: 100%; } }
                summary { cursor: pointer; color: var(--soft); padding: 4px 0; width: fit-content; }
                .scroll { overflow: auto; max-height: 320px; }
                #figures-table td { height: 26px; }
                #figures-table tbody th { border-color: var(--rule); font-size: inherit; font-weight: 400; letter-spacing: 0; }

                /* Log. */
                #log .head { border-top: 1px solid var(--rule); padding-top: 12px; align-items: center; }
                #log-form { display: flex; flex-wrap: wrap; gap: 6px 8px; align-items: center; }
                #log-search { width: 170px; }
                .check { display: inline-flex; align-items: center; gap: 5px; color: var(--soft); }
                input[type="checkbox"] { accent-color: var(--accent); margin: 0; width: 14px; height: 14px; }
                #log-lines {
                  list-style: none; background: var(--panel); border: 1px solid var(--rule); border-radius: 4px; height: 330px; overflow: auto; padding: 6px 0;
                  font: 12px/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
                }
                #log-lines li { display: grid; grid-template-columns: 62px minmax(72px, 110px) minmax(0, 1fr); gap: 10px; padding: 0 12px; border-left: 2px solid transparent; white-space: pre; }
                #log-lines.wrap li > :last-child { white-space: pre-wrap; overflow-wrap: anywhere; }
                #log-lines time, #log-lines .who { color: var(--soft); overflow: hidden; text-overflow: ellipsis; }
                #log-lines .warning { border-left-color: var(--warn); background: var(--warn-fill); }
                #log-lines .error, #log-lines .critical { border-left-color: var(--bad); background: var(--bad-fill); }
                #log-lines mark { background: var(--accent); color: var(--paper); border-radius: 2px; }

                /* The narrow column. */
                .narrow > section + section { margin-top: 18px; border-top: 1px solid var(--rule); padding-top: 12px; }
                #alerts li { display: grid; grid-template-columns: 30px 1fr; gap: 2px 8px; padding: 7px 0; border-bottom: 1px solid var(--rule); }
                #alerts li:last-child, #events li:last-child { border-bottom: 0; }
                .severity { font-size: 11px; font-weight: 700; border: 1px solid currentColor; border-radius: 3px; text-align: center; height: 18px; line-height: 16px; color: var(--soft); }
                .severity.P1 { background: var(--bad); border-color: var(--bad); color: var(--paper); }
                .severity.P2 { color: var(--bad); } .severity.P3 { color: var(--warn); }
                #alerts .when { grid-column: 2; font-size: 12px; color: var(--soft); }
                #alerts li.over { color: var(--soft); }
                #alerts li.over .severity { color: var(--soft); border-color: var(--rule); background: none; }
                #alerts p { overflow-wrap: anywhere; }
                #alerts li.none { display: block; color: var(--soft); }
                dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 14px; margin: 4px 0; align-items: baseline; }
                dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
                #whatsapp-body table { margin-top: 6px; } #whatsapp-body td { height: 26px; font-size: 12px; overflow: hidden; text-overflow: ellipsis; max-width: 130px; }
                #events { max-height: 660px; overflow: auto; }
                #events li { display: grid; grid-template-columns: 62px 1fr; gap: 0 8px; padding: 4px 0; border-bottom: 1px solid var(--rule); font-size: 12px; }
                #events time { color: var(--soft); }
                #events b { font-weight: 600; }
                #events li.bad b { color: var(--bad); }
                #events p { overflow-wrap: anywhere; }

                dialog { border: 1px solid var(--strong-rule); border-radius: 6px; background: var(--panel); color: var(--ink); padding: 20px 22px; width: min(420px, calc(100vw - 32px)); }
                dialog::backdrop { background: #0007; }
                dialog h2 { font-size: 15px; margin-bottom: 8px; }
                dialog p { margin: 8px 0; }
                dialog label { display: block; }
                dialog input { width: 100%; margin-top: 4px; }
                dialog pre { background: var(--paper); padding: 8px 10px; border-radius: 4px; overflow: auto; }
                dialog .tools { margin-top: 14px; }

                /* The public board. */
                .board main { max-width: 560px; padding-top: 12vh; font-size: 16px; }
                .board h1 { font-size: 26px; letter-spacing: -.02em; margin-bottom: 14px; }
                .board ul { list-style: none; border-top: 1px solid var(--rule); margin-bottom: 14px; }
                .board li { display: flex; justify-content: space-between; gap: 16px; padding: 12px 0; border-bottom: 1px solid var(--rule); }
                .board li strong { font-weight: 600; } .board .works strong { color: var(--ok); } .board .degraded strong { color: var(--warn); }
                .board .down strong { color: var(--bad); } .board .unknown strong { color: var(--soft); }

                @media (max-width: 1280px) { td.spark { min-width: 120px; } canvas.spark { width: 56px; } .columns { grid-template-columns: minmax(0, 1fr) 300px; gap: 0 28px; } }
                @media (max-width: 1040px) {
                  .columns { grid-template-columns: minmax(0, 1fr); }
                  .narrow { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 0 28px; }
                  .narrow > section + section { margin-top: 0; border-top: 0; padding-top: 18px; }
                }
                @media (max-width: 720px) {
                  header, main { padding-inline: 14px; }
                  #supervisor { order: 3; width: 100%; }
                  button, select, input[type="search"], input[type="password"] { min-height: 36px; }
                  .meter { grid-template-columns: 1fr; padding: 8px 8px 10px 0; }
                  .meter + .meter { padding-left: 10px; }
                  .meter h2 { letter-spacing: .03em; }
                  .meter .detail { text-align: left; font-size: 11px; }
                  .meter .bar { margin-top: 4px; }
                  .columns { display: flex; flex-direction: column; }
                  .narrow { display: contents; }
                  .narrow > section { order: 2; }
                  .narrow > section:first-child { order: -1; }
                  .narrow > section + section { border-top: 1px solid var(--rule); margin-top: 14px; padding-top: 12px; }
                  #apps-table thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
                  #apps-table, #apps-rows { display: block; }
                  #apps-rows tr { display: grid; grid-template-columns: 1fr 1fr 82px; gap: 3px 12px; padding: 9px 8px; border-bottom: 1px solid var(--rule); margin-inline: -8px; }
                  #apps-rows td { display: block; border: 0; padding: 0; height: auto; background: none !important; box-shadow: none !important; }
                  #apps-rows tr.unwell { background: var(--bad-fill); }
                  #apps-rows tr.selected { background: var(--select); box-shadow: inset 2px 0 var(--accent); }
                  #apps-rows td.app { grid-column: 1; max-width: none; }
                  #apps-rows td.statecell { grid-column: 2 / 4; text-align: right; }
                  #apps-rows td.spark { min-width: 0; }
                  #apps-rows td.spark > div { justify-content: flex-start; }
                  #apps-rows td.spark span { min-width: 58px; }
                  #apps-rows td.extra { display: none; }
                  #apps-rows td.uptime { text-align: right; }
                  canvas.spark { width: 60px; }
                  .lane { height: 58px; }
                  .choices span { padding: 8px 13px; }
                  .head > form, .head > .filter { margin-left: 0; width: 100%; }
                  #log-form label:not(.check) { flex: 1 1 40%; } #log-form select, #log-search, #apps-filter { width: 100%; }
                  #log-lines { height: 300px; }
                  #log-lines li { grid-template-columns: 66px minmax(0, 1fr); padding: 2px 8px; gap: 0 8px; }
                  #log-lines li > :last-child { grid-column: 1 / -1; }
                  #log-lines li { border-bottom: 1px solid var(--rule); }
                }
                @media (prefers-reduced-motion: no-preference) { .meter .bar i { transition: width .3s; } }
                @media (forced-colors: active) { .state::before, .marker::before { forced-color-adjust: none; } }

                """##
        ),
        File(
            name: "theme.js",
            text: ##"""
                // Before the first paint: the theme that was chosen, else the system's.
                const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
                function showTheme() {
                  const root = document.documentElement;
                  root.dataset.shown = root.dataset.theme ?? (systemIsDark.matches ? "dark" : "light");
                }
                try {
                  const theme = localStorage.getItem("novi-theme");
                  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
                } catch { /* no storage, then the system's */ }
                systemIsDark.addEventListener("change", showTheme);
                showTheme();

                """##
        ),
    ]
}
