// Which view is shown, and what makes it new.
const views = {"": overviewView, matrix: matrixView, parity: parityView, sharing: sharingView, time: timeView, cell: cellView, problem: problemView};
let vocabulary = [];
let canChange = false;
let shownView = null;   // what open() gave
let visit = 0;          // a view that comes late does not take the place of a later one

async function askState() {
  const state = await ask("state");
  setClock(state.now);
  vocabulary = state.verdicts;
  canChange = state.can_change;
  drawTroubles(state);
  byId("footer").textContent = clean(`astray ${state.version}; ${state.rounds} rounds since ${state.started}`);
  return state;
}

// The watcher's own troubles come first: what it does not see is not well.
function drawTroubles(state) {
  const late = state.next_round !== null && secondsSince(state.next_round) > 120;
  const sentences = [...state.troubles, ...(late ? [`The round that was due ${durationText(secondsSince(state.next_round))} ago has not begun.`] : [])];
  const left = state.trouble_count - state.troubles.length;
  renew(byId("troubles"), sentences.length > 0 && [el("h2", {}, "The watcher itself has trouble"), el("ul", {}, sentences.map((each) => el("li", {}, each)),
    left > 0 && el("li", {}, `and ${left} more`))]);
}

function askForToken(container) {
  const input = el("input", {type: "password", autocomplete: "current-password", required: true});
  renew(container, el("h1", {}, "A token is needed"), el("p", {class: "lead"}, "Whoever set up this watcher has it: the file that page.token names."),
    el("form", {class: "controls", on: {submit: (event) => {
      event.preventDefault();
      setToken(input.value);
      show();
    }}}, el("label", {class: "choice"}, el("span", {}, "Token"), input), el("button", {type: "submit"}, "Go on")));
}

function drawFailure(container, error) {
  if (error instanceof TokenNeeded) askForToken(container);
  else renew(container, el("h1", {}, "This could not be shown"), el("p", {class: "lead"}, error.message), el("p", {}, el("button", {type: "button", on: {click: () => show()}}, "Try again")));
}

async function show() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const view = views[path] ?? null, number = ++visit;
  shownView?.close?.();
  shownView = null;
  document.body.dataset.tone = "plain";
  for (const link of document.querySelectorAll("nav a"))
    link.getAttribute("href") === `#/${path}` ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  document.title = `${view?.title ?? "Nothing"} – astray watch`;
  const container = el("div");
  try {
    if (view === null) throw new Error("There is no such view.");
    if (view !== overviewView) await askState();
    const opened = await view.open(container, new URLSearchParams(query ?? ""));
    if (number === visit) shownView = opened;
    else opened.close?.();
  } catch (error) {
    if (number === visit) drawFailure(container, error);
  }
  if (number !== visit) return;
  byId("view").replaceChildren(container);
  performance.mark("astray-view");
  const first = container.querySelector("input[type=password]");
  if (first !== null) first.focus();
  else if (number > 1) byId("view").focus({preventScroll: true});
  if (number > 1) scrollTo(0, 0);
}

// Many changes at once make the view new once; while nobody looks, when somebody looks again.
let renewal = 0, stale = false;
function renewSoon() {
  stale = true;
  if (renewal === 0 && !document.hidden) renewal = setTimeout(renewNow, 150);
}
async function renewNow() {
  stale = false;
  const number = visit;
  try {
    if (shownView !== overviewView) await askState();
    if (number === visit) await shownView?.refresh();
    performance.mark("astray-renewed");
  } catch (error) {
    if (error instanceof TokenNeeded && number === visit) drawFailure(byId("view"), error);
  }
  renewal = 0;
  if (stale) renewSoon();
}

function heard(event) {
  if (event.type === "problem") {
    const {step, problem} = JSON.parse(event.data);
    byId("news").append(el("p", {}, `${step}: ${problem.sentence}`));
    while (byId("news").childElementCount > 20) byId("news").firstElementChild.remove();
  }
  if (event.type !== "hello") renewSoon();
}

function drawStatus(status, since) {
  const words = {live: "live", token: "waits for the token", lost: "the watcher does not answer; what you see is old"};
  byId("live").dataset.status = status;
  byId("live").textContent = words[status] + (since !== null && status === "lost" ? `, since ${since.toTimeString().slice(0, 8)}` : "");
}

const schemes = [["", "as the system"], ["light", "light"], ["dark", "dark"]];
const schemeKey = "astray-scheme";
function drawScheme() {
  const chosen = localStorage.getItem(schemeKey) ?? "";
  chosen === "" ? document.documentElement.removeAttribute("data-scheme") : document.documentElement.setAttribute("data-scheme", chosen);
  byId("scheme").textContent = `Light or dark: ${schemes.find(([id]) => id === chosen)?.[1] ?? chosen}`;
  shownView?.recolour?.();
}
byId("scheme").addEventListener("click", () => {
  const index = schemes.findIndex(([id]) => id === (localStorage.getItem(schemeKey) ?? ""));
  localStorage.setItem(schemeKey, schemes[(index + 1) % schemes.length][0]);
  drawScheme();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shownView?.recolour?.());

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("view").focus();
});
// A link to a place within the view is not a view of its own.
addEventListener("click", (event) => {
  const href = event.target.closest?.("a")?.getAttribute("href") ?? "";
  if (!href.startsWith("#") || href.startsWith("#/") || href === "#view") return;
  event.preventDefault();
  const place = byId(href.slice(1));
  place?.scrollIntoView({block: "center"});
  place?.focus({preventScroll: true});
});
addEventListener("hashchange", () => show());
document.addEventListener("visibilitychange", () => { if (stale) renewSoon(); });
drawScheme();
show();
follow(heard, drawStatus);
