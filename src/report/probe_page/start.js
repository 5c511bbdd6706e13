// Puts the page together.
function drawHead() {
  const summary = facts.summary, count = (id) => summary.verdicts[id] ?? 0;
  const bad = facts.verdicts.filter((verdict) => verdict.misdirection).reduce((sum, verdict) => sum + count(verdict.id), 0);
  const silent = count("failed"), untold = count("could-not-tell");
  const indistinct = count("indistinct");
  let headline = `Nothing went astray in ${plural(summary.cells, "cell")}`;
  let tone = "good";
  if (summary.cells === 0 || silent === summary.cells) [headline, tone] = ["No evidence: nothing was answered", "unsure"];
  else if (bad > 0) [headline, tone] = [`${plural(bad, "answer")} of ${summary.cells.toLocaleString("en")} went astray`, "bad"];
  else if (summary.errors > 0) [headline, tone] = [`${plural(summary.errors, "error")} found in ${plural(summary.cells, "cell")}`, "bad"];
  else if (silent + untold > 0) [headline, tone] = [`Nothing went astray in what could be told: ${plural(silent + untold, "cell")} of ${summary.cells.toLocaleString("en")} say nothing`, "unsure"];
  else if (indistinct > 0) [headline, tone] = [`Nothing went astray in what could be told: ${plural(indistinct, "answer")} of ${summary.cells.toLocaleString("en")} could be any name\u2019s`, "unsure"];
  document.body.dataset.tone = tone;
  byId("headline").textContent = headline;
  document.title = `astray probe: ${headline}`;
  const parts = [plural(summary.names.length, "name"), plural(summary.nodes.length, "node"), plural(summary.connections, "connection"), `${time(summary.took_us)}`];
  if (summary.predicted > 0) parts.push(`${summary.agreeing.toLocaleString("en")} of ${summary.predicted.toLocaleString("en")} cells as predicted`);
  byId("subline").textContent = parts.join(" · ");
  for (const verdict of [...facts.verdicts].sort((a, b) => b.weight - a.weight))
    if (count(verdict.id) > 0) byId("counts").append(el("li", {}, el("b", {}, count(verdict.id).toLocaleString("en")), " ", badge(verdict.id)));
  const banner = (text) => byId("banners").append(el("p", {class: "banner"}, text));
  if (summary.interrupted) banner("The run was interrupted: what follows is what was asked until then.");
  if (facts.left_out.cells > 0) banner(`This page holds ${rows.length.toLocaleString("en")} of ${plural(summary.cells, "cell")}.`);
}

function drawLegend() {
  const present = new Set(rows.map(verdictOf));
  byId("legend").replaceChildren(...facts.verdicts.map((verdict, index) => [verdict, index]).filter(([, index]) => present.has(index))
    .sort(([a], [b]) => a.weight - b.weight)
    .map(([verdict]) => el("li", {}, el("i", {class: `key v-${verdict.id}`}, verdict.letter), verdict.legend)));
  if (rows.some((row) => facts.predictions[row[PREDICTION]][0] === "differs"))
    byId("legend").append(el("li", {}, el("i", {class: "key drift"}, ""), "differs from the configuration"));
}

function start() {
  drawHead();
  const kinds = Object.keys(kindTexts).filter((kind) => connections.some((c) => c.kind === kind));
  // The use that has most to say comes first.
  const worst = new Map();
  for (const row of rows) {
    const {kind, key} = connectionOf(row);
    if (key !== null && requestOf(row).key !== null) worst.set(kind, Math.max(worst.get(kind) ?? 0, weightOf(row)));
  }
  view.kind = kinds.length === 0 ? "fresh" : kinds.reduce((best, kind) => (worst.get(kind) ?? -1) > (worst.get(best) ?? -1) ? kind : best);
  drawControls();
  drawGrid();
  drawLegend();
  closeEvidence();
  const links = [["matrix", "Matrix", null]];
  for (const [id, text, draw] of [["findings", "Findings", drawFindings], ["outlook", "Outlook", drawOutlook], ["parity", "Parity", drawParity],
    ["spellings", "Spellings", drawSpellings], ["certificates", "Certificates", drawCertificates], ["notes", "Notes", drawNotes]]) {
    const size = draw(byId(id));
    if (size !== null) links.push([id, text, size]);
  }
  byId("sections").append(...links.map(([id, text, size]) => el("a", {href: `#${id}`}, text, size && el("span", {}, size))));
  byId("footer").textContent = `astray ${facts.summary.astray_version}`;

  const grid = byId("grid");
  grid.addEventListener("mouseover", (event) => point(placeOf(event.target) ?? chosen));
  grid.addEventListener("mouseleave", () => point(chosen));
  grid.addEventListener("focusin", (event) => { const place = placeOf(event.target); if (place !== null) { chosen = place; point(place); } });
  grid.addEventListener("click", (event) => { const place = placeOf(event.target); if (place !== null && listAt(place) !== undefined) { focusCell(place); openCell(place); } });
  grid.addEventListener("keydown", onGridKey);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && byId("evidence").classList.contains("shown")) closeEvidence(); });
}
start();
