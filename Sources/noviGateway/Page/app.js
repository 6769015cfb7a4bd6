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
