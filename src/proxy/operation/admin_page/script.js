"use strict";
// Draws /admin/state.json, every two seconds while somebody looks. Text only ever becomes text: nothing that a
// client sent is read as HTML.

const byId = (id) => document.getElementById(id);
const pauseButton = byId("pause");
const filterInput = byId("filter");
let state = null;
let paused = false;
let timer = 0;

function cell(kind, content, className) {
  const element = document.createElement(kind);
  if (className) element.className = className;
  if (content instanceof Node) element.append(content);
  else element.textContent = content === undefined ? "–" : String(content);
  return element;
}

// A column: [heading, value of a row, class of its cells].
function drawTable(id, columns, rows, count, nothing) {
  const table = byId(id);
  const head = document.createElement("thead");
  const headRow = head.insertRow();
  for (const [heading, , className] of columns) {
    const header = cell("th", heading, className === "number" ? className : "");
    header.scope = "col";
    headRow.append(header);
  }
  const body = document.createElement("tbody");
  for (const row of rows) {
    const line = body.insertRow();
    for (const [, value, className] of columns) line.append(cell("td", value(row), className));
  }
  const left = count - rows.length;
  if (rows.length === 0 || left > 0) {
    const last = body.insertRow();
    const note = cell("td", rows.length === 0 ? nothing : `and ${left} more`, "soft");
    note.colSpan = columns.length;
    last.append(note);
  }
  table.replaceChildren(head, body);
}

function badge(text, tone) {
  const element = cell("span", text, "badge");
  element.dataset.tone = tone;
  return element;
}

// Shown so that blanks and what cannot be seen stand out: a name that looks right may not be right.
function visible(name) {
  if (name === undefined) return undefined;
  return name.replace(/[^\x21-\x7e]/gu, (character) =>
    "\\u{" + character.codePointAt(0).toString(16).padStart(4, "0") + "}") || "(empty)";
}

function drawRefusals() {
  const wanted = filterInput.value.toLowerCase();
  const matches = (refusal) => wanted === "" || Object.values(refusal).join(" ").toLowerCase().includes(wanted);
  const rows = state.refusals.filter(matches);
  drawTable("refusals", [
    ["time", (r) => r.time],
    ["status", (r) => badge(r.status, r.status === 421 ? "bad" : "unsure")],
    ["SNI", (r) => r.sni === undefined ? "none sent" : visible(r.sni), "name"],
    ["authority", (r) => visible(r.authority), "name"],
    ["reason", (r) => {
      const reason = cell("span", r.reason, "name");
      reason.title = r.sentence;
      const both = document.createElement("span");
      both.append(reason, document.createElement("br"), cell("small", r.sentence));
      return both;
    }],
    ["answered by → owned by", (r) => `${r.handshake_virtual_host ?? "–"} → ${r.virtual_host ?? "nobody"}`],
    ["client", (r) => r.client],
    ["connection", (r) => `${r.connection}, request ${r.request}, ${r.protocol}`],
  ], rows, rows.length, wanted === "" ? "None: every request was for a name that its connection may carry." : "None of them.");
}

function drawOthers() {
  drawTable("pools", [
    ["back", (p) => p.back],
    ["address", (p) => p.address, "name"],
    ["health", (p) => badge(p.health, { healthy: "good", unhealthy: "bad" }[p.health] ?? "unsure")],
    ["connections", (p) => p.connections, "number"],
    ["requests", (p) => p.requests, "number"],
  ], state.pools, state.pools_count, "No back has an address yet.");
  drawTable("virtual-hosts", [
    ["label", (h) => h.label],
    ["names", (h) => h.names.join(" ") + (h.names_count > h.names.length ? ` and ${h.names_count - h.names.length} more` : ""), "name"],
    ["listeners", (h) => h.listeners.join(" ")],
  ], state.virtual_hosts, state.virtual_hosts_count, "None.");
  drawTable("listeners", [
    ["label", (l) => l.label],
    ["address", (l) => l.address, "name"],
    ["scheme", (l) => l.scheme],
  ], state.listeners, state.listeners_count, "None.");
}

function draw() {
  const draining = state.serving === "draining";
  const misdirected = state.refusals.filter((refusal) => refusal.status === 421).length;
  document.body.dataset.tone = draining ? "unsure" : misdirected > 0 ? "bad" : "good";
  byId("headline").textContent = draining ? "The gateway is ending and takes no more connections"
    : misdirected > 0 ? `${misdirected} of the last refusals are misdirected requests` : "No misdirected requests of late";
  byId("subline").textContent = `version ${state.version}, since ${state.started}; configuration ${state.configuration.generation}` +
    (state.configuration.since ? ` since ${state.configuration.since}` : "") + `; as of ${state.now}`;
  drawRefusals();
  drawOthers();
}

async function refresh() {
  clearTimeout(timer);
  try {
    const response = await fetch("/admin/state.json", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    state = await response.json();
    byId("trouble").textContent = "";
    draw();
  } catch (error) {
    byId("trouble").textContent = `The gateway could not be asked: ${error.message}. What you see is old.`;
  }
  if (!paused && !document.hidden) timer = setTimeout(refresh, 2000);
}

pauseButton.addEventListener("click", () => {
  paused = !paused;
  pauseButton.setAttribute("aria-pressed", String(paused));
  pauseButton.textContent = paused ? "Go on" : "Pause";
  if (paused) clearTimeout(timer);
  else refresh();
});
filterInput.addEventListener("input", () => { if (state) drawRefusals(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused) refresh(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== filterInput) {
    event.preventDefault();
    filterInput.focus();
  }
});
refresh();
