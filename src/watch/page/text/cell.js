// One pair: what it is answered now, what a client would do, the evidence, and the past.
const isPresent = (span, spans) => !spans.some((other) => other !== span && sameQuestion(other, span) && other.last > span.last);
const sameQuestion = (a, b) => a.node === b.node && a.alpn === b.alpn && a.connection === b.connection && a.client_certificate === b.client_certificate;

function present(spans) { return spans.filter((span) => isPresent(span, spans)); }

// What each client would do with the second name, and every rung that it climbs to tell.
const answerWords = {"reuse": ["puts it on that connection", "plain"], "open-new": ["opens a new connection", "good"], "could-not-tell": ["could not be told", "unsure"]};
const outcomeWords = {"pass": ["passes", "plain"], "accept": ["lets it on", "plain"], "refuse": ["stops it", "good"], "could-not-tell": ["could not tell", "unsure"],
  "waived": ["waived by the ORIGIN set", "plain"], "assumed": ["assumed", "unsure"]};

function ladderItem(ladder) {
  return el("details", {class: "client"}, el("summary", {}, ladder.name, " ", badge(...answerWords[ladder.answer]), ` ${ladder.reason}`),
    el("p", {class: "soft"}, ladder.sentence, "."),
    el("ol", {class: "ladder"}, ladder.rungs.map((rung) => el("li", {}, el("code", {}, rung.id), " ", badge(...outcomeWords[rung.outcome])))));
}

function ladderParts(ladders) {
  return [el("h2", {}, "Would a client do that?"), el("p", {class: "soft"}, `As ${ladders.node} answers; the other name's addresses are those that it was asked on. Clients that never coalesce are not listed.`),
    ladders.missing !== null ? el("p", {}, `Could not tell: ${ladders.missing}.`) : ladders.clients.map(ladderItem)];
}

function certificateFacts(span, certificates) {
  if (span.certificate === null) return null;
  const known = certificates.find((each) => each.fingerprint === span.certificate);
  return [known === undefined ? null : [known.subject ?? "", el("br")], el("code", {class: "print"}, span.certificate),
    known !== undefined && [el("br"), `valid ${known.not_before} to ${known.not_after}`, listOfNames(known.names, known.name_count)],
    span.certificate_covers ? null : [el("br"), badge("does not cover the name", "bad")]];
}

function predictionFacts(span) {
  const prediction = span.evidence?.prediction ?? null;
  return facts([
    ["agreement", span.agreement === "not-predicted" ? null : badge(span.agreement, span.agreement === "differs" ? "bad" : "good")],
    ["predicted", prediction === null ? null : `${prediction.outcome}, status ${prediction.status ?? "–"}${prediction.virtual_host === null ? "" : `, virtual host ${prediction.virtual_host}`}`],
    ["difference", span.difference], ["decided by", span.source],
  ]);
}

function answerCard(span, certificates) {
  const cell = span.evidence;
  return el("section", {class: "card", "aria-label": `${span.node}, ${span.connection}, ${span.alpn}`},
    el("h3", {}, verdictBadge(span.verdict), ` ${span.node}, ${laneText(span)}`), el("p", {class: "sentence"}, span.sentence),
    el("p", {class: "soft"}, "answered so for ", sinceText(span.first), `, seen by ${span.rounds} rounds, last `, sinceText(span.last), " ago"),
    el("div", {class: "columns"},
      el("div", {}, el("h4", {}, "Request"), facts([["SNI", nameText(span.sni)], ["Host", nameText(span.authority)], ["path", cell?.path], ["offered", span.alpn],
        ["connection", cell === null ? span.connection : `${span.connection}, request ${cell.connection.request_index + 1} on it`],
        ["client certificate", span.client_certificate === 0 ? "none presented" : String(span.client_certificate)]])),
      el("div", {}, el("h4", {}, "Response"), facts([["status", span.status], ["protocol", span.protocol], ["reason", span.reason], ["failure", span.failure], ["error", cell?.error],
        ["answered as", span.answered_as], ["answered by", span.answered_by], ["Server", cell?.server], ["Via", cell?.via], ["Location", cell?.location],
        ["TLS", cell?.tls_version], ["alert", cell?.alert], ["body", cell?.body ? `${cell.body.bytes} bytes, SHA-256 ${cell.body.sha256.slice(0, 16)}…` : null]])),
      el("div", {}, el("h4", {}, "Certificate"), facts([["presented", certificateFacts(span, certificates)], ["trust", span.trust === "not-checked" ? null : span.trust],
        ["client certificate", span.client_certificate_requested ? "asked for" : "not asked for"]])),
      el("div", {}, el("h4", {}, "Prediction"), predictionFacts(span))),
    cell !== null && el("details", {}, el("summary", {}, "Everything that was kept of it"), el("pre", {tabindex: 0}, JSON.stringify(cell, null, 1))));
}

const rankOfGood = 2;
const rank = (span) => ["bad", "unsure", "good"].indexOf(verdictTone(span.verdict));

const cellView = {
  title: "A cell",
  async open(container, parameters) {
    const from = parameters.get("from") ?? "", to = parameters.get("to") ?? "", node = parameters.get("node") ?? undefined;
    const story = el("div"), actions = el("div");
    add(container, story, actions);
    const refresh = async () => {
      const data = await ask("cell", {from, to, node});
      const now = present(data.spans).sort((a, b) => rank(a) - rank(b)), past = data.spans.filter((span) => !now.includes(span));
      // Twenty nodes that answer well are a table; what is not well is told in full.
      const shown = now.filter((span, index) => index === 0 || rank(span) < rankOfGood).slice(0, 40), others = now.filter((span) => !shown.includes(span));
      const nodes = [...new Set(now.map((span) => span.node))];
      const opened = [...story.querySelectorAll("details")].map((each) => each.open);
      if (canChange && from !== "" && to !== "" && nodes.length > 0 && actions.childElementCount === 0)
        add(actions, el("h2", {}, "What you can do here"), cellActions(from, to, nodes));
      renew(story, el("h1", {}, pairText(from, to)),
        el("p", {class: "lead"}, from === to ? "This name, asked for on a connection of its own." : "The second name, asked for on a connection that was made for the first.",
          node !== undefined && [` On ${node}. `, el("a", {href: linkTo("cell", {from, to})}, "On all nodes")]),
        now.length === 0 && el("p", {class: "soft"}, "This was not asked yet."),
        data.ladders !== null && ladderParts(data.ladders),
        now.length > 0 && el("h2", {}, "Now"), shown.map((span) => answerCard(span, data.certificates)),
        others.length > 0 && [el("h2", {}, "On other nodes, and asked in other ways"), table("Other answers", ["node", "asked", "verdict", "status", "for"], others.map((span) =>
          [el("a", {href: linkTo("cell", {from, to, node: span.node})}, span.node), laneText(span), verdictBadge(span.verdict), span.status ?? "–", sinceText(span.first)]))],
        el("h2", {}, "Before"), table("Before", ["from", "to", "node", "asked", "verdict", "status", "in words"], past.map((span) =>
          [timeText(span.first), timeText(span.last), span.node, laneText(span), verdictBadge(span.verdict), span.status ?? "–", span.sentence]), "It was never answered differently."));
      story.querySelectorAll("details").forEach((each, index) => { each.open = opened[index] ?? false; });
    };
    await refresh();
    return {refresh};
  },
};
