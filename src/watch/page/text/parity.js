// Each name's own answer on every node: who differs from its peers.
const parityView = {
  title: "Nodes × names",
  async open(container, given) {
    let parameters = given, data = null, shown = [];
    const letters = verdictsByLetter();
    const controls = el("div", {class: "controls"}), count = el("p", {class: "lead", role: "status"}), stage = el("div"), pages = el("div");
    const value = (name) => parameters.get(name) ?? undefined;
    const change = (changes) => {
      parameters = changeParameters("parity", parameters, changes);
      return refresh();
    };
    const differs = (row) => /[1-9]/.test(data.groups[row]);
    const content = () => ({
      rows: shown.map((row) => data.names[row]), columns: data.nodes,
      cellAt: (row, node) => {
        const verdict = letters.get(data.cells[shown[row]][node]);
        const group = data.groups[shown[row]][node];
        return verdict === undefined ? null : {verdict: verdict.id, letter: verdict.letter, other: group > "0"};
      },
      describe: (row, node) => {
        const verdict = letters.get(data.cells[shown[row]][node]);
        return `${data.names[shown[row]]} on ${data.nodes[node]}: ${verdict === undefined ? "not asked yet" : verdict.id.replaceAll("-", " ")}` +
          (data.groups[shown[row]][node] > "0" ? ", unlike most nodes" : "");
      },
      open: (row, node) => { location.hash = linkTo("cell", {from: data.names[shown[row]], to: data.names[shown[row]], node: data.nodes[node]}); },
    });
    let grid = null;
    const refresh = async () => {
      data = await ask("parity", {filter: value("filter"), offset: value("offset"), most: mostNames});
      if (!controls.hasChildNodes()) {
        const only = el("input", {type: "checkbox", checked: value("only") === "differing", on: {change: () => change({only: only.checked ? "differing" : ""})}});
        add(controls, filterBox("Names", value("filter") ?? "", (filter) => change({filter, offset: 0})), el("label", {class: "check"}, only, "only names whose nodes differ"));
      }
      const rows = [...data.names.keys()], differing = rows.filter(differs);
      shown = value("only") === "differing" ? differing : rows;
      count.textContent = differing.length === 0 ? "Every node answers each of these names as its peers do."
        : `${differing.length} of ${data.names.length} names are answered differently by some node (framed).`;
      renew(pages, pager("names", data.names_offset, data.names.length, data.names_count, (offset) => change({offset})));
      if (shown.length === 0 || data.nodes.length === 0) {
        grid?.close();
        grid = null;
        renew(stage, el("p", {class: "soft"}, "No name fits, or none was asked yet."));
      } else if (grid === null) {
        grid = new GridView("Names in rows, nodes in columns: each name's own answer", content());
        renew(stage, grid.element);
      } else grid.set(content());
    };
    add(container, el("h1", {}, "Nodes × names"), count, controls, stage, pages, legendList(["a frame: unlike most nodes"]));
    await refresh();
    return {refresh, recolour: () => grid?.recolour(), close: () => grid?.close(), grid: () => grid};
  },
};
