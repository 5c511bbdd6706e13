// What is wrong now, and one problem in full.
function problemCard(problem) {
  return el("li", {class: "problem", "data-tone": severityTone[problem.severity]},
    el("p", {class: "problem-head"}, badge(problem.severity, severityTone[problem.severity]), " ", badge(problem.kind, "plain"),
      problem.state === "suspected" && [" ", badge("suspected", "plain")]),
    el("h3", {}, el("a", {href: linkTo("problem", {id: problem.id})}, problem.sentence)),
    problem.cause !== null && el("p", {}, problem.cause), marks(problem),
    facts([
      ["since", sinceText(problem.first_seen)],
      ["names", pairText(problem.from, problem.to)],
      ["nodes", listText(problem.nodes, problem.node_count)],
      ["affected", problem.affected_name_count > 1 ? `${problem.affected_name_count} names` : null],
    ]));
}

function headlineOf(state) {
  const {error, warning, info, suspected} = state.problem_counts;
  if (state.last_round === null) return ["unsure", "No round has ended yet"];
  if (error > 0) return ["bad", `${error} ${error === 1 ? "thing is" : "things are"} wrong now` + (warning > 0 ? `, ${warning} more ${warning === 1 ? "needs" : "need"} a look` : "")];
  if (warning > 0) return ["unsure", `${warning} ${warning === 1 ? "thing needs" : "things need"} a look`];
  if (suspected > 0) return ["unsure", `Nothing is wrong as far as is confirmed; ${suspected} suspected`];
  return ["good", info > 0 ? `Nothing is wrong; ${info} to know` : "Nothing is wrong"];
}

function roundFacts(state) {
  const round = state.last_round;
  const silent = round === null ? [] : round.nodes.filter((node) => node.cells > 0 && !node.answered).map((node) => node.node);
  return facts([
    ["watched", `${state.name_count} names on ${state.node_count} nodes`],
    ["last round", round === null ? "none yet" : [`number ${round.number}, began `, sinceText(round.began), ` ago, took ${(round.took_ms / 1000).toFixed(1)} s`]],
    ["asked", round === null ? null : `${round.cells} cells of ${round.cells_of_whole}` + (round.failed > 0 ? `, ${round.failed} without an answer` : "")],
    ["silent nodes", silent.length > 0 ? listText(silent) : null],
    ["next round", state.next_round === null ? null : timeText(state.next_round)],
    ["running since", [timeText(state.started), ` (${state.rounds} rounds, ${state.cells} cells)`]],
  ]);
}

const overviewView = {
  title: "Overview",
  async open(container) {
    const headline = el("h1", {}), list = el("div"), silences = el("div"), round = el("div"), past = el("div");
    add(container, headline, list, silences, el("h2", {}, "The watcher"), round, el("h2", {}, "Of late"), past);
    const drawPast = async () => renew(past, eventList((await ask("events", {most: 10})).events));
    const drawState = async () => {
      const state = await askState();
      const [tone, words] = headlineOf(state);
      headline.textContent = words;
      document.body.dataset.tone = state.trouble_count > 0 && tone === "good" ? "unsure" : tone;
      const shown = state.problems.map(problemCard);
      const all = Object.values(state.problem_counts).reduce((sum, count) => sum + count, 0);
      renew(list, shown.length > 0 && el("ul", {class: "problems"}, shown),
        all > shown.length && el("p", {class: "soft"}, `and ${all - shown.length} more, less urgent`));
      renew(silences, silenceTable(state));
      renew(round, roundFacts(state));
    };
    await drawState();
    // What is wrong now does not wait for what was.
    drawPast().catch((error) => renew(past, el("p", {class: "soft"}, error.message)));
    return {refresh: async () => {
      await drawState();
      await drawPast();
    }};
  },
};

const stepTone = {opened: "bad", grown: "bad", resolved: "good", accepted: "plain", acknowledged: "plain", silenced: "plain", unsilenced: "bad"};
function eventList(events) {
  if (events.length === 0) return el("p", {class: "soft"}, "Nothing has happened yet.");
  return el("ol", {class: "events"}, events.map((event) => el("li", {},
    timeText(event.at), badge(event.step, stepTone[event.step]), el("a", {href: linkTo("problem", {id: event.problem.id})}, event.problem.sentence))));
}

function evidenceRow(cell) {
  return [el("a", {href: linkTo("cell", {from: cell.sni ?? "", to: cell.authority ?? "", node: cell.node})}, pairText(cell.sni, cell.authority)),
    cell.node, `${cell.connection}, ${cell.alpn}`, verdictBadge(cell.verdict), cell.status ?? "–", cell.sentence];
}

const problemView = {
  title: "A problem",
  async open(container, parameters) {
    const story = el("div"), actions = el("div"), id = parameters.get("id") ?? "";
    add(container, story, actions);
    const refresh = async () => {
      const {problem, events} = await ask("problem", {id});
      document.body.dataset.tone = problem.closed === null ? severityTone[problem.severity] : "good";
      // Nobody's half-written words are lost when the problem changes.
      if (canChange && actions.childElementCount === 0) add(actions, el("h2", {}, "What you can do here"), problemActions(problem));
      if (problem.closed !== null) actions.replaceChildren();
      renew(story, el("p", {class: "problem-head"}, badge(problem.severity, severityTone[problem.severity]), " ", badge(problem.kind, "plain"), " ", badge(problem.state, problem.closed === null ? "bad" : "good")),
        el("h1", {}, problem.sentence), problem.cause !== null && el("p", {class: "lead"}, problem.cause), marks(problem),
        problem.next_step !== null && [el("h2", {}, "What to do"), el("p", {class: "command"}, el("code", {}, problem.next_step), copyButton(problem.next_step))],
        el("h2", {}, "What it is about"), facts([
          ["first seen", timeText(problem.first_seen)], ["told", timeText(problem.opened)], ["last seen", timeText(problem.last_seen)], ["ended", timeText(problem.closed)],
          ["names", pairText(problem.from, problem.to)], ["nodes", problem.nodes.join(", ")],
          ["affected names", listOfNames(problem.affected_names, problem.affected_name_count)],
          ["before", problem.before === null ? null : [verdictBadge(problem.before.verdict), ` status ${problem.before.status ?? "–"}, ${problem.before.protocol ?? "no protocol"}`]],
        ]),
        problem.symptoms.length > 0 && [el("h2", {}, "What it shows in"), el("ul", {}, problem.symptoms.map((each) => el("li", {}, each))),
          problem.symptom_count > problem.symptoms.length && el("p", {class: "soft"}, `and ${problem.symptom_count - problem.symptoms.length} more`)],
        el("h2", {}, "Evidence"), table("Evidence", ["names", "node", "asked", "verdict", "status", "in words"], problem.evidence.map(evidenceRow), "None is kept."),
        el("h2", {}, "What happened"), eventList(events));
    };
    await refresh();
    return {refresh};
  },
};

function listOfNames(names, count) {
  if (names.length === 0) return null;
  const shown = [el("ul", {class: "names"}, names.map((name) => el("li", {}, nameText(name)))), count > names.length && `and ${count - names.length} more`];
  return count <= 12 ? shown : el("details", {}, el("summary", {}, `${count} names`), shown);
}
