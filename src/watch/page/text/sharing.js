// The graph of names that share a certificate and addresses: a hub for each such certificate, its names around
// it, a line where a client that puts two names on one connection gets something else than it asked for.
const hubRadius = (count) => 26 + 9 * Math.sqrt(count);

// Sunflower arrangement: each name the same room, the same place in every drawing.
function placeNames(hub, names) {
  return names.map((name, index) => {
    const distance = 18 + 9 * Math.sqrt(index), angle = index * 2.399963;
    return {name, hub, x: hub.x + distance * Math.cos(angle), y: hub.y + distance * Math.sin(angle)};
  });
}

// Hubs in rows, as words in a paragraph.
function placeHubs(shared, width) {
  let x = 0, y = 0, tallest = 0;
  return shared.map((each) => {
    const radius = hubRadius(each.names.length + each.uncovered.length);
    if (x > 0 && x + 2 * radius > width) {
      x = 0;
      y += tallest;
      tallest = 0;
    }
    const hub = {each, radius, x: x + radius, y: y + radius};
    x += 2 * radius;
    tallest = Math.max(tallest, 2 * radius);
    return hub;
  });
}

function drawSharing(data) {
  const width = 1000, hubs = placeHubs(data.shared, width), places = new Map(), dots = [];
  for (const hub of hubs)
    for (const place of placeNames(hub, [...hub.each.names, ...hub.each.uncovered])) {
      const uncovered = hub.each.uncovered.includes(place.name);
      if (!uncovered || !places.has(place.name)) places.set(place.name, place);
      dots.push(svg("circle", {cx: place.x, cy: place.y, r: 3.5, class: uncovered ? "uncovered" : "covered"}, svg("title", {}, clean(place.name))));
    }
  const lines = data.risky.filter((pair) => places.has(pair.from) && places.has(pair.to)).map((pair) => {
    const from = places.get(pair.from), to = places.get(pair.to);
    return svg("line", {x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: "risky", "data-tone": verdictTone(pair.verdict)},
      svg("title", {}, clean(`${pair.from} → ${pair.to}: ${pair.verdict}`)));
  });
  const rings = hubs.map((hub) => svg("a", {href: `#hub-${hub.each.certificate.slice(0, 16)}`, "aria-label": hubTitle(hub.each)},
    svg("circle", {cx: hub.x, cy: hub.y, r: hub.radius - 3, class: "ring"}), svg("circle", {cx: hub.x, cy: hub.y, r: 6, class: "hub"}, svg("title", {}, hubTitle(hub.each)))));
  const height = Math.max(60, ...hubs.map((hub) => hub.y + hub.radius));
  return svg("svg", {class: "sharing", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Certificates and the names that share them"}, rings, lines, dots);
}

const hubTitle = (each) => clean(`${each.subject ?? each.certificate.slice(0, 16)}: ${each.name_count} names on ${each.nodes.length} nodes`);

function hubCard(each) {
  return el("section", {id: `hub-${each.certificate.slice(0, 16)}`, class: "card", tabindex: -1, "aria-label": hubTitle(each)},
    el("h3", {}, each.subject ?? "a certificate"), facts([
      ["fingerprint", el("code", {class: "print"}, each.certificate)], ["valid until", timeText(each.not_after)], ["nodes", listText(each.nodes)],
      ["covers", listOfNames(each.names, each.name_count)], ["given without covering", listOfNames(each.uncovered, each.uncovered.length)],
    ]));
}

const sharingView = {
  title: "Shared certificates",
  async open(container) {
    const drawing = el("div"), risky = el("div"), cards = el("div");
    add(container, el("h1", {}, "Shared certificates"),
      el("p", {class: "lead"}, "A ring is a certificate, a dot a name that gets it on the same nodes. Clients may carry the names of one ring on one connection; a line joins two where that goes wrong."),
      drawing, el("h2", {}, "Where sharing goes wrong"), risky, el("h2", {}, "Certificates"), cards);
    const refresh = async () => {
      const data = await ask("sharing");
      renew(drawing, data.shared.length > 0 && drawSharing(data), data.shared.length === 0 && el("p", {class: "soft"}, "No certificate was seen yet."));
      renew(risky, table("Pairs", ["names", "a client gets"], data.risky.map((pair) =>
        [el("a", {href: linkTo("cell", {from: pair.from, to: pair.to})}, pairText(pair.from, pair.to)), verdictBadge(pair.verdict)]), "Nowhere, as far as was asked."));
      renew(cards, data.shared.map(hubCard), data.shared_count > data.shared.length && el("p", {class: "soft"}, `and ${data.shared_count - data.shared.length} more`));
    };
    await refresh();
    return {refresh};
  },
};
