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
