// The panel beside the matrix: what was sent, what came, what it means, and how to ask again.
let evidenceOpener = null;

function fact(label, ...values) {
  const shown = values.flat(Infinity).filter((value) => value !== null && value !== undefined && value !== false && value !== "");
  return shown.length === 0 ? [] : [el("dt", {}, label), el("dd", {}, shown)];
}

function time(microseconds) {
  if (microseconds >= 1e6) return `${(microseconds / 1e6).toFixed(2)} s`;
  return microseconds >= 1000 ? `${(microseconds / 1000).toFixed(1)} ms` : `${microseconds} µs`;
}

function spelled(text, spelling, none) {
  if (text === null) return el("em", {}, none);
  const name = text === "" ? el("em", {}, "empty") : el("code", {}, text);
  return spelling === "plain" || text === "" ? name : [name, el("small", {}, ` ${spelling.replaceAll("-", " ")}`)];
}

function sentFacts(cell) {
  const {connection, request} = cell;
  const use = {
    fresh: "fresh: the first request on it",
    reused: ["reused: opened for ", el("code", {}, connection.sni ?? "no name"), `, request ${cell.requestIndex + 1} on it`],
  }[connection.use];
  return el("dl", {},
    fact("node", el("code", {}, connection.node), ` ${connection.portProtocol}`),
    fact("offered", connection.alpn),
    fact("connection", use, cell.connectionId > 0 && el("small", {}, ` (no. ${cell.connectionId})`)),
    request.placement !== "usual" && fact("placement", request.placement.replaceAll("-", " "),
      request.other !== "" && [" with ", el("code", {}, request.other)]),
    connection.sessionOf !== null && fact("session of", el("code", {}, connection.sessionOf)),
    fact("client certificate", connection.clientCertificate));
}

function certificateFacts(cell) {
  const certificate = cell.certificate, handshake = cell.handshake;
  if (certificate === null) return [];
  const names = certificate.names.slice(0, 12).map((name) => el("code", {class: "chip"}, name));
  if (certificate.names.length > 12) names.push(el("small", {}, ` and ${certificate.names.length - 12} more`));
  return [
    fact("certificate", names.length > 0 ? names : el("em", {}, "without names")),
    fact("", el("code", {class: "print", title: "SHA-256 of the certificate"}, certificate.fingerprint)),
    fact("trust", handshake.trust === "not-checked" ? "" : handshake.trust,
      handshake.trustProblem !== "" && `: ${handshake.trustProblem}`),
  ].flat();
}

function cameFacts(cell) {
  const {handshake, response} = cell;
  const tls = handshake.alert !== "" ? ["alert ", el("code", {}, handshake.alert)]
    : handshake.done ? [handshake.tlsVersion || "done", handshake.alpn !== "" && [" · ALPN ", el("code", {}, handshake.alpn)],
      handshake.resumed ? " · resumed" : "", handshake.asked ? " · asked for a client certificate" : ""] : "";
  const body = response.status > 0 && [plural(response.bytes, "byte"), response.truncated ? " read, there was more" : "",
    response.sha256 !== "" && response.bytes > 0 && [" · ", el("code", {class: "print", title: "SHA-256 of the body"}, response.sha256)]];
  return el("dl", {},
    fact("handshake", tls),
    certificateFacts(cell),
    fact("ORIGIN set", handshake.originSet !== null && (handshake.originSet.length === 0 ? "empty"
      : handshake.originSet.map((origin) => el("code", {class: "chip"}, origin)))),
    fact("status", response.status > 0 && el("strong", {}, response.status)),
    fact("answered as", cell.answeredAs !== "" && el("code", {}, cell.answeredAs)),
    fact("owner field", cell.response.owner && el("code", {}, cell.response.owner)),
    fact("421 written by", cell.answeredBy),
    fact("Server", response.server && el("code", {}, response.server)),
    fact("Via", response.via && el("code", {}, response.via)),
    fact("Location", response.location && el("code", {}, response.location)),
    fact("Content-Type", response.contentType && el("code", {}, response.contentType)),
    fact("Alt-Svc", response.altSvc && el("code", {}, response.altSvc)),
    fact("connection", response.close ? "closed by the server after this answer" : ""),
    fact("body", body),
    cell.failure !== "" && fact("failure", el("strong", {}, cell.failure.replaceAll("-", " ")), ` while at ${cell.stage.replaceAll("-", " ")}`),
    fact("", cell.message));
}

function timingBar({connect, handshake, firstByte, total}) {
  // connect and handshake count from the start of the connection, the first byte from its request.
  const spans = [["connect", connect, `connected after ${time(connect)}`],
    ["handshake", Math.max(0, handshake - connect), `handshake done after ${time(handshake)}`],
    ["first byte", firstByte, `first byte ${time(firstByte)} after the request`]].filter(([, span]) => span > 0);
  if (spans.length === 0) return null;
  const part = (name) => `part-${["connect", "handshake", "first byte"].indexOf(name)}`;
  const bar = el("div", {class: "timing", role: "img", "aria-label": spans.map(([, , words]) => words).join(", ")});
  for (const [name, span] of spans) {
    const segment = el("span", {class: part(name), title: `${name}: ${time(span)}`});
    segment.style.flexGrow = String(span);
    bar.append(segment);
  }
  return el("div", {class: "timings"}, bar, el("ul", {}, spans.map(([name, , words]) => el("li", {}, el("i", {class: part(name)}), words)),
    total > 0 && el("li", {}, el("b", {}, `${time(total)} in all`))));
}

function predictionBlock(prediction) {
  if (prediction === null) return null;
  const what = prediction.status > 0 ? `${prediction.outcome} ${prediction.status}` : prediction.outcome;
  return el("section", {class: `prediction ${prediction.agreement}`}, el("h4", {}, "Predicted by the configuration"),
    el("p", {}, el("strong", {}, {agrees: "agrees", differs: "differs", unknowable: "could not be predicted"}[prediction.agreement] ?? prediction.agreement),
      prediction.difference !== "" && [": ", prediction.difference]),
    el("dl", {}, fact("outcome", what, el("small", {}, ` ${prediction.reason}`)),
      fact("virtual host", prediction.virtualHost && el("code", {}, prediction.virtualHost)),
      fact("source", prediction.source && el("code", {}, prediction.source))));
}

// `list`: the cells at one place of the matrix; `index`: the one to show first.
function showEvidence(list, index, opener) {
  evidenceOpener = opener ?? evidenceOpener;
  const cell = cellAt(index), panel = byId("evidence");
  panel.replaceChildren();
  panel.classList.add("shown");
  panel.dataset.cell = cell.id;
  const close = el("button", {type: "button", class: "close", "aria-label": "Close the evidence", on: {click: closeEvidence}}, "×");
  const tabs = list.length < 2 ? null : el("div", {class: "variants", role: "group", "aria-label": "Cells at this place"},
    list.map((other) => {
      const c = connectionOf(rows[other]);
      const words = [view.node === "" && distinct(connections.map((x) => x.node)).length > 1 ? c.node : "", c.alpn,
        c.clientCertificate !== null ? "with certificate" : ""].filter((word) => word !== "").join(" · ");
      return el("button", {type: "button", "aria-pressed": String(other === index), on: {click: () => showEvidence(list, other, null)}},
        el("i", {class: `dot v-${facts.verdicts[verdictOf(rows[other])].id}`}), words || `#${rows[other][ID]}`);
    }));
  add(panel,
    el("div", {class: "evidence-head"}, badge(cell.verdict.id), el("small", {}, `cell ${cell.id}`), close), tabs,
    el("div", {class: "pair"},
      el("div", {}, el("small", {}, "SNI"), spelled(cell.connection.sni, cell.connection.sniSpelling, "not sent")),
      el("div", {}, el("small", {}, "Host"), spelled(cell.request.host, cell.request.spelling, "not sent"))),
    el("p", {class: "sentence"}, cell.sentence),
    el("p", {class: "reason"}, el("code", {}, cell.reason), facts.reasons[cell.reason] && ` — ${facts.reasons[cell.reason]}`),
    el("h4", {}, "Sent"), sentFacts(cell),
    el("h4", {}, "Came"), cameFacts(cell),
    cell.response.excerpt === null ? el("p", {class: "hint"}, "The excerpt of the body was left out: the page holds as much as it may.")
      : cell.response.excerpt !== "" && el("pre", {class: "excerpt", tabindex: "0"}, cell.response.excerpt),
    timingBar(cell.timings),
    predictionBlock(cell.prediction),
    el("h4", {}, "Ask again"),
    el("div", {class: "command"}, el("code", {}, cell.command), copyButton(cell.command)));
  panel.scrollTop = 0;
}

function closeEvidence() {
  const panel = byId("evidence");
  panel.classList.remove("shown");
  delete panel.dataset.cell;
  panel.replaceChildren(el("p", {class: "hint"}, "Choose a cell to see what was sent, what came, and what it means."));
  for (const old of byId("grid").querySelectorAll("td.open")) old.classList.remove("open");
  if (evidenceOpener?.isConnected) evidenceOpener.focus();
  evidenceOpener = null;
}
