// Asking the watcher: once, and for events as they come.
const tokenKey = "astray-watch-token";
class TokenNeeded extends Error {}
let tokenSet = () => {};

function credentials() {
  const token = sessionStorage.getItem(tokenKey);
  return token === null ? {} : {Authorization: `Bearer ${token}`};
}
function setToken(token) {
  sessionStorage.setItem(tokenKey, token);
  tokenSet();
}

async function refuse(response) {
  if (response.status === 401) throw new TokenNeeded((await response.text()).trim());
  if (!response.ok) throw new Error((await response.text()).trim() || `the watcher answered ${response.status}`);
}

async function ask(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined));
  const address = `/api/${path}${query.size > 0 ? "?" + query : ""}`;
  const response = await fetch(address, {cache: "no-store", headers: credentials(), signal: AbortSignal.timeout(20_000)});
  await refuse(response);
  return response.json();
}

// Server-sent events out of pieces of text (WHATWG HTML §9.2.6, for a server that ends its lines with LF).
class EventParser {
  #rest = "";
  #event = {id: null, type: "message", data: []};

  *take(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (this.#event.data.length > 0) yield {...this.#event, data: this.#event.data.join("\n")};
        this.#event = {id: this.#event.id, type: "message", data: []};
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "id") this.#event.id = value;
      if (field === "event") this.#event.type = value;
      if (field === "data") this.#event.data.push(value);
    }
  }
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// The watcher sends a comment every 15 seconds: after 40 without a byte the connection is dead.
async function readStream(lastId, onOpen, onEvent) {
  const abort = new AbortController();
  let patience = setTimeout(() => abort.abort(), 40_000);
  try {
    const headers = {...credentials(), ...(lastId === null ? {} : {"Last-Event-ID": lastId})};
    const response = await fetch("/api/live", {cache: "no-store", headers, signal: abort.signal});
    await refuse(response);
    onOpen();
    const parser = new EventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const {done, value} = await reader.read();
      if (done) return;
      clearTimeout(patience);
      patience = setTimeout(() => abort.abort(), 40_000);
      for (const event of parser.take(value)) onEvent(event);
    }
  } finally {
    clearTimeout(patience);
  }
}

// EventSource cannot send a token, so this does what it would do: comes back, with the last event's number.
async function follow(onEvent, onStatus) {
  let lastId = null, wait = 1000, lost = null;
  const opened = () => {
    wait = 1000;
    lost = null;
    onStatus("live", null);
  };
  const heard = (event) => {
    lastId = event.id ?? lastId;
    onEvent(event);
  };
  for (;;) {
    let error = null;
    try { await readStream(lastId, opened, heard); } catch (caught) { error = caught; }
    lost ??= new Date();
    onStatus(error instanceof TokenNeeded ? "token" : "lost", lost);
    if (error instanceof TokenNeeded) await new Promise((done) => { tokenSet = done; });
    else await pause(wait);
    wait = Math.min(wait * 2, 30_000);
  }
}
