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
