"use strict";
// What was asked and answered. A row of `rows` holds indices into the tables of `facts`; nothing is copied
// until somebody looks at a cell.
const rows = JSON.parse(document.getElementById("cells").textContent);
const facts = JSON.parse(document.getElementById("facts").textContent);

const ID = 0, CONNECTION = 1, REQUEST = 2, HANDSHAKE = 3, RESPONSE = 4, FAILURE = 5, JUDGEMENT = 6,
  PREDICTION = 7, COMMAND = 8, CONNECTION_ID = 9, REQUEST_INDEX = 10, TIMINGS = 11;

const verdictIndex = new Map(facts.verdicts.map((verdict, index) => [verdict.id, index]));
const rowOfId = new Map(rows.map((row, index) => [row[ID], index]));

// Control and reordering characters become visible: what stands here was chosen by strangers.
function clean(text) {
  return String(text).replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

function filled(text, connection, request) {
  const names = ["", connection.sni, request.host, connection.node, request.name];
  return text.replace(/[\u0001-\u0004]/g, (c) => names[c.charCodeAt(0)] ?? "");
}

const connections = facts.connections.map(
  ([node, portProtocol, sni, sniSpelling, sniName, alpn, clientCertificate, sessionOf, use]) =>
    ({node, portProtocol, sni, sniSpelling, sniName, alpn, clientCertificate, sessionOf, use,
      kind: sessionOf === null ? use : "resumed"}));
const requests = facts.requests.map(([host, spelling, placement, other, name, path]) =>
  ({host, spelling, placement, other, name, path}));

// Where a cell stands in a matrix. Whoever is spelled oddly stands in the table of spellings instead.
function nameKey(text, spelling, name) {
  if (spelling === "plain" || (spelling === "literal" && text === name)) return "name " + text;
  if (spelling === "literal") return "literal " + text;
  return spelling === "unknown" ? "unknown" : null;
}
for (const c of connections) {
  if (c.sessionOf !== null) c.key = "name " + c.sessionOf;
  else if (c.sniSpelling === "none") c.key = c.portProtocol.endsWith("s") ? "none" : "clear";
  else c.key = nameKey(c.sni, c.sniSpelling, c.sniName);
}
for (const r of requests)
  r.key = r.placement === "usual" && r.host !== null ? nameKey(r.host, r.spelling, r.name) : null;

const verdictOf = (row) => facts.judgements[row[JUDGEMENT]][0];
const weightOf = (row) => facts.verdicts[verdictOf(row)].weight;
const statusOf = (row) => facts.responses[row[RESPONSE]][0];
const connectionOf = (row) => connections[row[CONNECTION]];
const requestOf = (row) => requests[row[REQUEST]];

// Everything about one cell, by name.
function cellAt(index) {
  const row = rows[index];
  const connection = connectionOf(row), request = requestOf(row);
  const fill = (text) => filled(text, connection, request);
  const [done, alert, tlsVersion, alpn, protocol, leaf, trust, trustProblem, asked, resumed, originSet] =
    facts.handshakes[row[HANDSHAKE]];
  const [status, server, via, location, contentType, altSvc, close, nosniff, sha256, bytes, truncated,
    owner, excerpt] = facts.responses[row[RESPONSE]];
  const [stage, failure, message] = facts.failures[row[FAILURE]];
  const [verdict, reason, answeredBy, answeredAs, sentence] = facts.judgements[row[JUDGEMENT]];
  const predicted = facts.predictions[row[PREDICTION]];
  const [connect, handshake, firstByte, total] = row.slice(TIMINGS);
  const certificate = leaf < 0 ? null : (([names, fingerprint, subject, issuer, key]) =>
    ({names, fingerprint, subject, issuer, key}))(facts.certificates[leaf]);
  return {
    id: row[ID], connection, request, connectionId: row[CONNECTION_ID], requestIndex: row[REQUEST_INDEX],
    handshake: {done, alert, tlsVersion, alpn, protocol, trust, trustProblem, asked, resumed, originSet},
    certificate,
    response: {status, server, via, location: fill(location), contentType, altSvc, close, nosniff, sha256,
      bytes, truncated, owner, excerpt},
    stage, failure, message: fill(message),
    verdict: facts.verdicts[verdict], reason, answeredBy, answeredAs: fill(answeredAs),
    sentence: fill(sentence),
    prediction: predicted.length === 0 ? null : {
      agreement: predicted[0], handshake: predicted[1], outcome: predicted[2], status: predicted[3],
      virtualHost: fill(predicted[4]), reason: predicted[5], difference: fill(predicted[6]),
      source: predicted[7]},
    command: fill(facts.commands[row[COMMAND]][0]),
    timings: {connect, handshake, firstByte, total},
  };
}

function labelOf(key) {
  if (key === "none") return "(no SNI)";
  if (key === "clear") return "(in clear)";
  if (key === "unknown") return "(unknown name)";
  return key.slice(key.indexOf(" ") + 1);
}

function distinct(values) {
  return [...new Set(values)];
}

function plural(number, one, many = one + "s") {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
