// The matrix: one node, one use of the connection. A cell can stand for several (protocols, certificates,
// nodes); the worst of them gives its colour, and the evidence shows all.
const kindTexts = {fresh: "Fresh", reused: "Reused", resumed: "Resumed session"};
const kindLeads = {
  fresh: "Each cell is the first request on a connection of its own: the row is the name in SNI, the column the name asked for. " +
    "Where they differ, this is what a misdirected request gets.",
  reused: "Each connection was opened for the name of the row and has carried a request for it; the column is the name asked for next. " +
    "This is what a client that coalesces connections gets.",
  resumed: "The row is the name whose TLS session was offered, the column the name in SNI and the name asked for. " +
    "This shows whether client authentication survives resumption.",
};
const view = {node: "", kind: "", alpn: "", certificate: "", filter: "", telling: false};
let board = null;  // what the grid shows: {rowKeys, columnKeys, at: Map(key → [index…])}
let chosen = null;  // the cell with keyboard focus: [row, column]

const somethingToSay = (row) => weightOf(row) >= facts.verdicts[verdictIndex.get("other-protocol")].weight;
const inView = (row) => {
  const connection = connectionOf(row);
  return (view.node === "" || connection.node === view.node) && connection.kind === view.kind &&
    (view.alpn === "" || connection.alpn === view.alpn) &&
    (view.certificate === "" || (connection.clientCertificate ?? "none") === view.certificate);
};

function orderOf(keys) {
  const places = new Map(facts.summary.names.map((name, index) => ["name " + name, index]));
  const rank = (key) => places.get(key) ?? (key.startsWith("name ") ? 1e6 : key.startsWith("literal ") ? 2e6 : 3e6);
  return keys.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

function collectBoard() {
  const at = new Map(), rowKeys = new Set(), columnKeys = new Set(), telling = new Set();
  rows.forEach((row, index) => {
    const rowKey = connectionOf(row).key, columnKey = requestOf(row).key;
    if (rowKey === null || columnKey === null || !inView(row)) return;
    const key = rowKey + "\n" + columnKey;
    if (at.has(key)) at.get(key).push(index); else at.set(key, [index]);
    rowKeys.add(rowKey);
    columnKeys.add(columnKey);
    if (somethingToSay(row)) telling.add("row " + rowKey).add("column " + columnKey);
  });
  for (const list of at.values()) list.sort((a, b) => weightOf(rows[b]) - weightOf(rows[a]));
  const needle = view.filter.trim().toLowerCase();
  const keep = (kind) => (key) => (!view.telling || telling.has(kind + " " + key)) &&
    (needle === "" || labelOf(key).toLowerCase().includes(needle));
  // Rows are cut by the filter, columns are not: "what happens on connections for this name".
  return {at, total: Math.max(rowKeys.size, columnKeys.size),
    rowKeys: orderOf([...rowKeys]).filter(keep("row")),
    columnKeys: orderOf([...columnKeys]).filter((key) => !view.telling || telling.has("column " + key))};
}

function drawGrid() {
  board = collectBoard();
  const {rowKeys, columnKeys, at} = board;
  const grid = byId("grid");
  grid.replaceChildren();
  grid.className = "grid " + (Math.max(columnKeys.length, rowKeys.length) > 40 ? "tiny"
    : Math.max(columnKeys.length, rowKeys.length) > 16 ? "small" : "");
  const corner = el("th", {class: "corner"}, el("span", {}, view.kind === "resumed" ? "session of" : "SNI", " ↓"),
    el("span", {}, "Host →"));
  grid.append(el("thead", {}, el("tr", {}, corner, columnKeys.map((key, column) =>
    el("th", {scope: "col", "data-column": column}, nameText(labelOf(key)))))));
  const body = el("tbody");
  rowKeys.forEach((rowKey, row) => {
    const line = el("tr", {}, el("th", {scope: "row", "data-row": row}, nameText(labelOf(rowKey))));
    columnKeys.forEach((columnKey, column) => {
      const list = at.get(rowKey + "\n" + columnKey);
      const cell = document.createElement("td");
      cell.dataset.at = row + " " + column;
      if (list === undefined) {
        cell.className = "unasked";
      } else {
        const verdict = facts.verdicts[verdictOf(rows[list[0]])];
        cell.className = "v-" + verdict.id + (rowKey === columnKey ? " same" : "") +
          (list.some((index) => facts.predictions[rows[index][PREDICTION]][0] === "differs") ? " drift" : "");
        cell.textContent = verdict.letter;
        cell.setAttribute("role", "gridcell");
        cell.tabIndex = -1;
      }
      line.append(cell);
    });
    body.append(line);
  });
  grid.append(body);
  chosen = null;
  const first = grid.querySelector("td[tabindex]");
  if (first !== null) first.tabIndex = 0;
  byId("grid-frame").hidden = rowKeys.length === 0;
  byId("matrix-lead").textContent = kindLeads[view.kind] ?? "";
  point(null);
  if (rowKeys.length === 0)
    byId("pointed").textContent = board.total === 0 ? "No cell of a names × names matrix was asked here."
      : "No row has anything to say with this choice.";
}

function cellElement(row, column) {
  return byId("grid").tBodies[0]?.rows[row]?.cells[column + 1] ?? null;
}

function placeOf(target) {
  const at = target?.closest?.("td[data-at]")?.dataset.at;
  return at === undefined ? null : at.split(" ").map(Number);
}

function listAt([row, column]) {
  return board.at.get(board.rowKeys[row] + "\n" + board.columnKeys[column]);
}

// Two bands that lie behind the cells: moving them costs the same for any number of names.
function point(place) {
  const [rowBand, columnBand] = [byId("row-band"), byId("column-band")];
  for (const lit of byId("grid").querySelectorAll("th.lit")) lit.classList.remove("lit");
  const cell = place === null ? null : cellElement(...place);
  rowBand.hidden = columnBand.hidden = cell === null;
  if (cell === null) {
    byId("pointed").textContent = "Point at a cell, or move with the arrow keys; Enter opens the evidence.";
    return;
  }
  const [row, column] = place;
  const grid = byId("grid");
  rowBand.style.top = `${cell.offsetTop - 2}px`;
  rowBand.style.height = `${cell.offsetHeight + 4}px`;
  rowBand.style.width = `${grid.offsetWidth}px`;
  columnBand.style.left = `${cell.offsetLeft - 2}px`;
  columnBand.style.width = `${cell.offsetWidth + 4}px`;
  columnBand.style.height = `${grid.offsetHeight}px`;
  grid.querySelector(`th[data-row="${row}"]`).classList.add("lit");
  grid.querySelector(`th[data-column="${column}"]`).classList.add("lit");
  const list = listAt(place);
  const words = [nameText(labelOf(board.rowKeys[row])), " → ", nameText(labelOf(board.columnKeys[column])), " "];
  if (list === undefined) words.push("was not asked");
  else words.push(badge(facts.verdicts[verdictOf(rows[list[0]])].id), statusBeside(rows[list[0]]),
    list.length > 1 && ` (the worst of ${list.length})`);
  byId("pointed").replaceChildren();
  add(byId("pointed"), words);
}

function focusCell(place) {
  const cell = cellElement(...place);
  if (cell === null) return;
  for (const old of byId("grid").querySelectorAll('td[tabindex="0"]')) old.tabIndex = -1;
  if (!cell.hasAttribute("tabindex")) cell.setAttribute("tabindex", "-1");
  cell.tabIndex = 0;
  chosen = place;
  cell.focus({preventScroll: false});
  point(place);
}

function openCell(place, index = null) {
  const list = listAt(place);
  if (list === undefined) return;
  for (const old of byId("grid").querySelectorAll("td.open")) old.classList.remove("open");
  cellElement(...place).classList.add("open");
  showEvidence(list, index ?? list[0], cellElement(...place));
}

function onGridKey(event) {
  const place = placeOf(event.target);
  if (place === null) return;
  const [row, column] = place, rowsEnd = board.rowKeys.length - 1, columnsEnd = board.columnKeys.length - 1;
  const moves = {
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
    Home: event.ctrlKey ? [0, 0] : [row, 0], End: event.ctrlKey ? [rowsEnd, columnsEnd] : [row, columnsEnd],
    PageUp: [row - 10, column], PageDown: [row + 10, column],
  };
  if (event.key === "Enter" || event.key === " ") openCell(place);
  else if (event.key in moves) {
    const [toRow, toColumn] = moves[event.key];
    focusCell([Math.max(0, Math.min(rowsEnd, toRow)), Math.max(0, Math.min(columnsEnd, toColumn))]);
  } else return;
  event.preventDefault();
}

function drawControls() {
  const change = (name) => (value) => { view[name] = value; drawGrid(); };
  const nodes = distinct(connections.map((c) => c.node));
  const kinds = Object.keys(kindTexts).filter((kind) => connections.some((c) => c.kind === kind));
  const offers = distinct(connections.map((c) => c.alpn));
  const certificates = distinct(connections.map((c) => c.clientCertificate ?? "none"));
  const controls = byId("controls");
  controls.replaceChildren();
  if (kinds.length > 0)
    controls.append(segments("Connection", kinds.map((kind) => [kind, kindTexts[kind]]), view.kind, change("kind")));
  if (nodes.length > 1)
    controls.append(select("Node", [["", `all ${nodes.length} (the worst)`], ...nodes.map((n) => [n, n])], view.node, change("node")));
  if (offers.length > 1)
    controls.append(select("Offered", [["", "any (the worst)"], ...offers.map((o) => [o, o])], view.alpn, change("alpn")));
  if (certificates.length > 1)
    controls.append(select("Client certificate", [["", "any (the worst)"], ...certificates.map((c) => [c, c])], view.certificate, change("certificate")));
  const filter = el("input", {type: "search", placeholder: "part of a name", value: view.filter,
    on: {input: () => change("filter")(filter.value)}});
  controls.append(el("label", {class: "choice"}, el("span", {}, "Rows"), filter),
    checkbox("only where there is something to say", view.telling, change("telling")));
}

// From anywhere on the page to one cell: into the matrix when it stands there.
function goTo(index) {
  const row = rows[index], connection = connectionOf(row), request = requestOf(row);
  const inMatrix = connection.key !== null && request.key !== null;
  if (inMatrix) {
    Object.assign(view, {kind: connection.kind, node: connections.length > 0 && view.node !== "" ? connection.node : "",
      alpn: view.alpn === "" ? "" : connection.alpn, certificate: "", filter: "", telling: false});
    drawControls();
    drawGrid();
    const place = [board.rowKeys.indexOf(connection.key), board.columnKeys.indexOf(request.key)];
    byId("matrix").scrollIntoView({block: "start"});
    focusCell(place);
    openCell(place, index);
  } else {
    showEvidence([index], index, document.activeElement);
    byId("evidence").scrollIntoView({block: "nearest"});
  }
}
