"use strict";
// Elements, words and times that all views share. Text only ever gets in as text: nothing here parses HTML.
const byId = (id) => document.getElementById(id);

// Control and reordering characters become visible: what stands here was chosen by strangers.
function clean(text) {
  return String(text).replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

function add(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : clean(child));
  }
  return element;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else element.setAttribute(name, value === true ? "" : clean(value));
  }
  return add(element, ...children);
}

const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// What an element is known by when it is drawn anew: where its link leads, or what it says to those who do not see it.
const keyOf = (element) => element.getAttribute("href") ?? element.getAttribute("aria-label");

// New children; whoever had the focus keeps it when what had it is still there.
function renew(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  parent.replaceChildren();
  add(parent, ...children);
  if (focused !== null)
    [...parent.querySelectorAll("[href], [aria-label]")].find((element) => keyOf(element) === focused)?.focus({preventScroll: true});
}

// "#/cell?from=a&to=b"; parameters without a value are left out.
function linkTo(view, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null));
  return `#/${view}${query.size > 0 ? "?" + query : ""}`;
}

const nameText = (name) => el("code", {class: "name"}, name === null || name === "" ? "(none sent)" : name);

function pairText(from, to) {
  if (from === null && to === null) return "";
  if (from === null || to === null || from === to) return nameText(to ?? from);
  return el("span", {class: "pair"}, nameText(from), " → ", nameText(to));
}

function listText(items, count = items.length) {
  if (count === 0) return "–";
  const shown = items.slice(0, 8);
  return shown.join(", ") + (count > shown.length ? ` and ${count - shown.length} more` : "");
}

const badge = (word, tone) => el("span", {class: "badge", "data-tone": tone}, word.replaceAll("-", " "));
const severityTone = {error: "bad", warning: "unsure", info: "plain"};
const goodVerdicts = new Set(["own", "indistinct", "rejected-421"]);
const badVerdicts = new Set(["misdirected", "authentication-bypass", "false-421", "failed"]);
const verdictTone = (id) => badVerdicts.has(id) ? "bad" : goodVerdicts.has(id) ? "good" : "unsure";
const verdictBadge = (id) => el("span", {class: "verdict", "data-verdict": id}, id.replaceAll("-", " "));

function durationText(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

// The watcher's clock, not the reader's, says how long ago something was.
let clockDifference = 0;
const setClock = (now) => { clockDifference = Date.parse(now) - Date.now(); };
const watcherNow = () => Date.now() + clockDifference;
const secondsSince = (time) => (watcherNow() - Date.parse(time)) / 1000;

function timeText(time) {
  if (time === null) return "–";
  return el("time", {datetime: time, title: time}, time.replace("T", " ").replace("Z", ""));
}
function sinceText(time) {
  if (time === null) return "–";
  return el("time", {datetime: time, title: time, "data-since": time}, durationText(secondsSince(time)));
}
// Ages grow while somebody looks.
setInterval(() => {
  for (const element of document.querySelectorAll("time[data-since]"))
    element.textContent = durationText(secondsSince(element.dataset.since));
}, 10_000);

function table(caption, head, rows, nothing) {
  if (rows.length === 0) return el("p", {class: "soft"}, nothing);
  return el("div", {class: "frame", tabindex: 0, role: "region", "aria-label": caption},
    el("table", {}, el("caption", {class: "offscreen"}, caption),
      el("thead", {}, el("tr", {}, head.map((text) => el("th", {scope: "col"}, text)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell)))))));
}

function facts(pairs) {
  return el("dl", {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));
}

function choice(label, options, value, change) {
  const box = el("select", {on: {change: () => change(box.value)}},
    options.map(([id, text]) => el("option", {value: id, selected: id === value}, text)));
  return el("label", {class: "choice"}, el("span", {}, label), box);
}

function filterBox(label, value, change) {
  let timer = 0;
  const box = el("input", {type: "search", value, placeholder: "part of a name", spellcheck: "false", autocomplete: "off", on: {input: () => {
    clearTimeout(timer);
    timer = setTimeout(() => change(box.value), 200);
  }}});
  return el("label", {class: "choice"}, el("span", {}, label), box);
}

function copyButton(text) {
  const button = el("button", {type: "button", on: {click: async () => {
    let copied = true;
    try { await navigator.clipboard.writeText(text); } catch { copied = false; }
    button.textContent = copied ? "Copied" : "Select and copy";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }}}, "Copy");
  return button;
}
