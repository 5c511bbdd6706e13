// What happened: 421s and problems over time, and every event.
function bars(label, values, describe, tone) {
  const most = Math.max(1, ...values), count = values.length;
  const sum = values.reduce((total, value) => total + value, 0);
  const words = `${label}: ${sum === 0 ? "none" : describe(sum, most)}`;
  return el("figure", {}, el("figcaption", {}, words),
    sum > 0 && svg("svg", {class: "bars", viewBox: `0 0 ${count} 40`, preserveAspectRatio: "none", role: "img", "aria-label": words, "data-tone": tone},
      values.map((value, index) => value > 0 && svg("rect", {x: index + 0.08, width: 0.84, y: 40 - Math.max(1.5, 38 * value / most), height: Math.max(1.5, 38 * value / most)}, svg("title", {}, `${value}`)))));
}

const spans = [["1", "an hour"], ["6", "6 hours"], ["24", "a day"], ["168", "a week"], ["744", "a month"]];

const timeView = {
  title: "Time line",
  async open(container, given) {
    let parameters = given;
    const charts = el("div"), refused = el("div"), list = el("div"), more = el("button", {type: "button", hidden: true}, "Show earlier events");
    let oldest = null, shown = [];
    const drawEvents = (page) => {
      renew(list, eventList(shown));
      more.hidden = !page.more;
      oldest = shown.length > 0 ? shown[shown.length - 1].number : null;
    };
    more.addEventListener("click", async () => {
      const page = await ask("events", {before: oldest ?? undefined});
      shown = [...shown, ...page.events];
      drawEvents(page);
    });
    const refreshCharts = async () => {
      const hours = parameters.get("hours") ?? "24";
      const data = await ask("time-line", {hours, pieces: 120});
      const piece = durationText((Date.parse(data.until) - Date.parse(data.from)) / 1000 / data.pieces);
      renew(charts, bars("421s", data.refusals, (sum, most) => `${sum}, ${most} in the worst ${piece}`, "unsure"),
        bars("Open problems", data.open_problems, (sum, most) => `${most} at most`, "bad"),
        bars("Problems that began", data.opened, (sum) => `${sum}`, "bad"), bars("Problems that ended", data.ended, (sum) => `${sum}`, "good"),
        bars("Cells without an answer", data.failed, (sum, most) => `${sum}, ${most} in the worst ${piece}`, "plain"),
        el("p", {class: "axis"}, timeText(data.from), timeText(data.until)));
      renew(refused, table("Pairs that were refused", ["names", "told by", "421s"], data.refused.map((pair) => [pairText(pair.from, pair.to), pair.node, pair.count]), "The logs told of no 421."));
    };
    add(container, el("h1", {}, "Time line"), el("div", {class: "controls"}, choice("The last", spans, parameters.get("hours") ?? "24", (hours) => {
      parameters = changeParameters("time", parameters, {hours: hours === "24" ? "" : hours});
      return refreshCharts();
    })), charts, el("h2", {}, "421s in the logs"), refused, el("h2", {}, "Events"), list, more);
    const refresh = async () => {
      await refreshCharts();
      const page = await ask("events", {most: Math.min(500, Math.max(100, shown.length))});
      shown = page.events;
      drawEvents(page);
    };
    await refresh();
    return {refresh};
  },
};
