// Every name asked for on every other name's connection.
const mostNames = 500;

function laneText(lane) {
  return `${lane.connection}, ${lane.alpn}` + (lane.client_certificate > 0 ? `, client certificate ${lane.client_certificate}` : "");
}

function verdictsByLetter() { return new Map(vocabulary.map((verdict) => [verdict.letter, verdict])); }

function legendList(marks) {
  return el("ul", {class: "legend"}, vocabulary.map((verdict) =>
    el("li", {}, el("span", {class: "verdict", "data-verdict": verdict.id}, verdict.letter), verdict.legend)), marks.map((mark) => el("li", {}, mark)));
}

// Buttons through names that are more than one answer holds.
function pager(label, offset, shown, count, go) {
  if (count <= shown && offset === 0) return null;
  const button = (text, to, off) => el("button", {type: "button", disabled: off, on: {click: () => go(to)}}, text);
  return el("p", {class: "pager", role: "group", "aria-label": label}, button("‹ before", Math.max(0, offset - mostNames), offset === 0),
    ` ${label} ${offset + 1}–${offset + shown} of ${count} `, button("next ›", offset + mostNames, offset + shown >= count));
}

// The parameters of the view stand in the address, so that a link shows the same.
function changeParameters(view, parameters, changes) {
  const query = new URLSearchParams(parameters);
  for (const [name, value] of Object.entries(changes)) value === "" || value === 0 ? query.delete(name) : query.set(name, value);
  const address = `#/${view}${query.size > 0 ? "?" + query : ""}`;
  if (address !== location.hash) history.replaceState(null, "", address);
  return query;
}

const matrixView = {
  title: "Names × names",
  async open(container, given) {
    let parameters = given, data = null, differing = new Set();
    const letters = verdictsByLetter();
    const controls = el("div", {class: "controls"}), stage = el("div"), pages = el("div"), notes = el("p", {class: "soft"});
    const value = (name) => parameters.get(name) ?? undefined;
    const change = (changes) => {
      parameters = changeParameters("matrix", parameters, changes);
      return refresh();
    };
    const content = () => ({
      rows: data.rows, columns: data.columns,
      cellAt: (row, column) => {
        const verdict = letters.get(data.cells[row][column]);
        return verdict === undefined ? null : {verdict: verdict.id, letter: verdict.letter, differs: differing.has(row * data.columns.length + column)};
      },
      describe: (row, column) => {
        const verdict = letters.get(data.cells[row][column]);
        const names = data.rows[row] === data.columns[column] ? data.rows[row] : `${data.rows[row]} → ${data.columns[column]}`;
        return `${names}: ${verdict === undefined ? "not asked yet" : verdict.id.replaceAll("-", " ")}` +
          (differing.has(row * data.columns.length + column) ? ", differs from the configuration" : "");
      },
      open: (row, column) => { location.hash = linkTo("cell", {from: data.rows[row], to: data.columns[column], node: value("node")}); },
    });
    let grid = null;
    const refresh = async () => {
      data = await ask("matrix", {node: value("node"), lane: value("lane"), row_filter: value("rows"), column_filter: value("columns"),
        row_offset: value("row_offset"), column_offset: value("column_offset"), row_most: mostNames, column_most: mostNames});
      differing = new Set();
      for (let i = 0; i < data.differing.length; i += 2) differing.add(data.differing[i] * data.columns.length + data.differing[i + 1]);
      if (!controls.hasChildNodes()) add(controls,
        choice("Node", [["", "all (the worst)"], ...data.nodes.map((node) => [node, node])], value("node") ?? "", (node) => change({node})),
        choice("Asked", [["", "in any way (the worst)"], ...data.lanes.map((lane, index) => [String(index), laneText(lane)])], value("lane") ?? "", (lane) => change({lane})),
        filterBox("Rows: the connection's name", value("rows") ?? "", (rows) => change({rows, row_offset: 0})),
        filterBox("Columns: the name asked for", value("columns") ?? "", (columns) => change({columns, column_offset: 0})));
      renew(pages, pager("rows", data.rows_offset, data.rows.length, data.rows_count, (row_offset) => change({row_offset})),
        pager("columns", data.columns_offset, data.columns.length, data.columns_count, (column_offset) => change({column_offset})));
      notes.textContent = data.left_out > 0 ? `${data.left_out} answers found no room here; choose a pair's page to see them.` : "";
      if (data.rows.length === 0 || data.columns.length === 0) {
        grid?.close();
        grid = null;
        renew(stage, el("p", {class: "soft"}, "No name fits, or none was asked yet."));
      } else if (grid === null) {
        grid = new GridView("Names against names: the connection's name in rows, the name asked for in columns", content());
        renew(stage, grid.element);
      } else grid.set(content());
    };
    add(container, el("h1", {}, "Names × names"),
      el("p", {class: "lead"}, "What each name (column) is answered on a connection that was made for another one (row). Arrow keys move, Enter opens a cell."),
      controls, stage, pages, notes, legendList(["a corner: differs from the configuration"]));
    await refresh();
    return {refresh, recolour: () => grid?.recolour(), close: () => grid?.close(), grid: () => grid};
  },
};
