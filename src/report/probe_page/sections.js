// Everything below the matrix. Each function fills its section and says how much there is, or nothing.
function drawFindings(section) {
  if (facts.findings.length === 0) {
    section.append(el("p", {class: "quiet"}, "No findings."));
    return "0";
  }
  const list = el("div", {class: "findings"});
  for (const finding of facts.findings) {
    const pair = [finding.from && nameText(finding.from), finding.from && finding.to && finding.from !== finding.to && " → ",
      finding.to && finding.from !== finding.to && nameText(finding.to)];
    list.append(el("article", {class: `finding ${finding.severity}`},
      el("header", {}, el("span", {class: "severity"}, finding.severity), el("code", {}, finding.rule),
        el("h3", {}, pair)),
      el("p", {}, finding.sentence),
      finding.next_step !== "" && el("p", {class: "next"}, el("b", {}, "Next: "), finding.next_step),
      el("footer", {}, finding.nodes.length > 0 && el("span", {}, `at ${finding.nodes.join(", ")}`),
        finding.cells.length > 0 && el("span", {class: "cells"}, "evidence ", finding.cells.map((id) => cellLink(id)),
          finding.cell_count > finding.cells.length && ` of ${plural(finding.cell_count, "cell")}`))));
  }
  section.append(list);
  return String(facts.findings.length);
}

const outlookRows = facts.outlook.map(([from, to, node, clients, answer, reason, wouldGet, cell]) => ({
  from: facts.outlook_strings[from], to: facts.outlook_strings[to], node: facts.outlook_strings[node],
  clients: facts.outlook_clients[clients].map((index) => facts.outlook_strings[index]),
  answer: facts.outlook_strings[answer], reason: facts.outlook_strings[reason],
  wouldGet: wouldGet < 0 ? null : facts.verdicts[wouldGet], cell}));
// What a client gets on a connection that it reuses is right when it is the name's own answer.
const goesWrong = (row) => row.wouldGet !== null && row.wouldGet.weight > facts.verdicts[verdictIndex.get("indistinct")].weight;
const bucketOf = (row) => row.answer === "reuse" ? row.wouldGet.id : row.answer === "open-new" ? "open-new" : "could-not-tell";

function drawOutlook(section) {
  if (outlookRows.length === 0) {
    section.append(el("p", {class: "quiet"}, "Nothing is said about coalescing: no pair of names shares a node, or no client was asked about."));
    return "";
  }
  section.append(el("p", {class: "lead"}, "For each client and ordered pair of names: would it send a request for the second name on a " +
    "connection that it opened for the first, and what would it get?"));
  const choice = {client: "", wrong: outlookRows.some(goesWrong)};
  const clients = distinct(outlookRows.flatMap((row) => row.clients));
  const list = el("div"), chart = el("div", {class: "clients"});
  const controls = el("div", {class: "controls"});
  const nodes = distinct(outlookRows.map((row) => row.node));
  const draw = () => {
    const shown = outlookRows.filter((row) => (choice.client === "" || row.clients.includes(choice.client)) && (!choice.wrong || goesWrong(row)));
    controls.replaceChildren(
      select("Client", [["", "all"], ...clients.map((id) => [id, facts.clients[id] ?? id])], choice.client, (id) => { choice.client = id; draw(); }),
      checkbox("only what is not the name\u2019s own answer", choice.wrong, (on) => { choice.wrong = on; draw(); }),
      el("span", {class: "quiet"}, plural(shown.length, "row")));
    list.replaceChildren(shown.length === 0 ? el("p", {class: "quiet"}, "None.") : table(
      ["connection for", "asked for", ...(nodes.length > 1 ? ["node"] : []), "clients", "they would", "and get", "because", "cell"], shown,
      (row) => [nameText(row.from), nameText(row.to), ...(nodes.length > 1 ? [el("code", {}, row.node)] : []),
        row.clients.map((id) => el("span", {class: "chip", title: facts.clients[id] ?? id}, id)),
        row.answer.replaceAll("-", " "), row.wouldGet === null ? "" : badge(row.wouldGet.id),
        el("span", {title: facts.reasons[row.reason]}, row.reason.replaceAll("-", " ")), row.cell > 0 ? cellLink(row.cell) : ""], 60));
  };
  for (const client of clients) {
    const counts = new Map();
    for (const row of outlookRows) if (row.clients.includes(client)) counts.set(bucketOf(row), (counts.get(bucketOf(row)) ?? 0) + 1);
    const weight = (bucket) => bucket === "open-new" ? -1 : facts.verdicts[verdictIndex.get(bucket)].weight;
    const ordered = [...counts].sort(([a], [b]) => weight(b) - weight(a));
    const bar = el("span", {class: "bar"}, ordered.map(([bucket, number]) => {
      const text = bucket === "open-new" ? "open a new connection" : bucket.replaceAll("-", " ");
      const part = el("span", {class: `v-${bucket}`, title: `${text}: ${number}`}, number);
      part.style.flexGrow = String(number);
      return part;
    }));
    chart.append(el("button", {type: "button", on: {click: () => { choice.client = choice.client === client ? "" : client; draw(); }}},
      el("span", {class: "client"}, facts.clients[client] ?? client), bar));
  }
  draw();
  section.append(chart, controls, list);
  const wrong = outlookRows.filter(goesWrong).length;
  return wrong > 0 ? String(wrong) : "";
}

// The same question, put to every node (or in every protocol), and the answers side by side.
function differing(questionOf, columnOf) {
  const columns = distinct(rows.map((row) => columnOf(connectionOf(row)))), questions = new Map();
  rows.forEach((row, index) => {
    const key = questionOf(connectionOf(row), requestOf(row));
    if (!questions.has(key)) questions.set(key, new Map());
    questions.get(key).set(columnOf(connectionOf(row)), index);
  });
  const fingerprint = (row) => [verdictOf(row), statusOf(row), facts.judgements[row[JUDGEMENT]][3]].join(" ");
  const different = [...questions.values()].filter((answers) => answers.size > 1 &&
    distinct([...answers.values()].map((index) => fingerprint(rows[index]))).length > 1);
  different.sort((a, b) => Math.max(...[...b.values()].map((i) => weightOf(rows[i]))) - Math.max(...[...a.values()].map((i) => weightOf(rows[i]))));
  return {columns, different, compared: [...questions.values()].filter((answers) => answers.size > 1).length};
}

// The status, where the verdict does not name it already.
function statusBeside(row) {
  const status = statusOf(row);
  return status === 0 || facts.verdicts[verdictOf(row)].id.endsWith(String(status)) ? "" : ` ${status}`;
}

function answerText(row) {
  return facts.verdicts[verdictOf(row)].id.replaceAll("-", " ") + statusBeside(row);
}

function drawParity(section) {
  const text = (value) => value ?? "\u0000";
  const rest = (c, r) => [text(c.sni), text(r.host), r.placement, r.other, c.use, text(c.clientCertificate), text(c.sessionOf)].join("\n");
  const comparisons = [
    ["nodes", differing((c, r) => rest(c, r) + "\n" + c.alpn, (c) => c.node)],
    ["protocols", differing((c, r) => rest(c, r) + "\n" + c.node, (c) => c.alpn)],
  ];
  let found = 0;
  for (const [what, {columns, different, compared}] of comparisons) {
    if (compared === 0) {
      section.append(el("p", {class: "quiet"}, `Only one of the ${what} was asked: nothing to compare.`));
    } else if (different.length === 0) {
      section.append(el("p", {class: "quiet"}, `All ${what} answer alike (${plural(compared, "question")} compared).`));
    } else {
      found += different.length;
      section.append(el("h3", {}, `${plural(different.length, "question")} of ${compared.toLocaleString("en")} differ between ${what}`),
        table(["SNI", "Host", "connection", ...columns], different, (answers) => {
          const [first] = answers.values(), c = connectionOf(rows[first]), r = requestOf(rows[first]);
          return [spelled(c.sni, c.sniSpelling, "not sent"), spelled(r.host, r.spelling, "not sent"), c.kind + (what === "nodes" ? ` ${c.alpn}` : ""),
            ...columns.map((column) => answers.has(column) ? [cellLink(rows[answers.get(column)][ID],
              answerText(rows[answers.get(column)]))] : "")];
        }, 40));
    }
  }
  return found > 0 ? String(found) : "";
}

function drawSpellings(section) {
  const odd = rows.map((row, index) => index).filter((index) => connectionOf(rows[index]).key === null || requestOf(rows[index]).key === null);
  if (odd.length === 0) {
    section.append(el("p", {class: "quiet"}, "No other spellings were asked for."));
    return "";
  }
  odd.sort((a, b) => weightOf(rows[b]) - weightOf(rows[a]) || a - b);
  const nodes = distinct(odd.map((index) => connectionOf(rows[index]).node));
  section.append(table(["SNI", "Host", "placement", "connection", ...(nodes.length > 1 ? ["node"] : []), "answer", "cell"], odd, (index) => {
    const c = connectionOf(rows[index]), r = requestOf(rows[index]);
    return [spelled(c.sni, c.sniSpelling, "not sent"), spelled(r.host, r.spelling, "not sent"), r.placement === "usual" ? "" : r.placement.replaceAll("-", " "),
      `${c.kind} ${c.alpn}`, ...(nodes.length > 1 ? [el("code", {}, c.node)] : []),
      [badge(facts.verdicts[verdictOf(rows[index])].id), statusBeside(rows[index])], cellLink(rows[index][ID])];
  }, 40));
  return String(odd.length);
}

function drawCertificates(section) {
  const presented = new Map();
  for (const row of rows) {
    const [, , , , , leaf, trust, problem] = facts.handshakes[row[HANDSHAKE]], connection = connectionOf(row);
    if (leaf < 0 || connection.kind !== "fresh") continue;
    const key = leaf + " " + trust;
    if (!presented.has(key)) presented.set(key, {leaf, trust, problem, names: new Set(), nodes: new Set()});
    presented.get(key).names.add(connection.sni ?? "(no SNI)");
    presented.get(key).nodes.add(connection.node);
  }
  if (presented.size === 0) {
    section.append(el("p", {class: "quiet"}, "No certificate was presented."));
    return "";
  }
  const some = (list, most) => [list.slice(0, most).map((name) => el("code", {class: "chip"}, name)), list.length > most && el("small", {}, ` and ${list.length - most} more`)];
  section.append(table(["presented for SNI", "names in it", "SHA-256", "trust", "nodes"], [...presented.values()], (entry) => {
    const [names, fingerprint] = facts.certificates[entry.leaf];
    return [some([...entry.names], 8), names.length > 0 ? some(names, 8) : el("em", {}, "none"), el("code", {class: "print", title: fingerprint}, fingerprint.slice(0, 16) + "…"),
      [entry.trust === "not-checked" ? "not checked" : entry.trust, entry.problem !== "" && `: ${entry.problem}`], some([...entry.nodes], 3)];
  }, 60));
  return String(presented.size);
}

function drawNotes(section) {
  const notes = [...facts.notes];
  if (facts.left_out.cells > 0) notes.push(`${plural(facts.left_out.cells, "cell")} beyond the first ${rows.length.toLocaleString("en")} are not on this page; the counts above include them, and --format jsonl has them all.`);
  if (facts.left_out.outlook > 0) notes.push(`${plural(facts.left_out.outlook, "row")} of the outlook are not on this page.`);
  if (facts.left_out.excerpts > 0) notes.push(`The body's excerpt is missing in ${plural(facts.left_out.excerpts, "cell")}: they differ too much from one another to hold them all.`);
  section.hidden = notes.length === 0;
  section.append(el("ul", {}, notes.map((note) => el("li", {}, note))));
  return notes.length > 0 ? String(notes.length) : null;
}
