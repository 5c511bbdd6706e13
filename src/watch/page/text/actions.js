// What can be changed, where the watcher has a token: acknowledge, silence, ask again.
const whoKey = "astray-watch-by";
const durations = [["60", "an hour"], ["240", "4 hours"], ["1440", "a day"], ["10080", "a week"], ["44640", "31 days"]];

async function change(path, members) {
  const response = await fetch(`/api/${path}`, {method: "POST", cache: "no-store", headers: {"Content-Type": "application/json", ...credentials()},
    body: JSON.stringify(members), signal: AbortSignal.timeout(20_000)});
  await refuse(response);
  return response.json();
}

// Nobody says twice who they are.
function rememberWho(who) {
  localStorage.setItem(whoKey, who);
  for (const field of document.querySelectorAll("input[name=by]")) if (field.value === "") field.value = who;
}

// A form that says what became of it; `send` gets its values.
function changeForm(label, fields, word, send) {
  const said = el("output", {class: "said"});
  const form = el("form", {class: "controls", "aria-label": label, on: {submit: async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    if (values.by !== undefined) rememberWho(values.by);
    said.textContent = "…";
    try { said.textContent = clean(await send(values)); } catch (error) { said.textContent = clean(`Not done: ${error.message}`); }
  }}}, fields, el("button", {type: "submit"}, word), said);
  return form;
}

const labelled = (text, input) => el("label", {class: "choice"}, el("span", {}, text), input);
const whoField = () => labelled("who", el("input", {name: "by", required: true, maxlength: 100, value: localStorage.getItem(whoKey) ?? "", autocomplete: "name"}));
const whyField = () => labelled("why", el("input", {name: "why", maxlength: 250, autocomplete: "off"}));
const durationField = () => labelled("for", el("select", {name: "minutes"}, durations.map(([minutes, words]) => el("option", {value: minutes}, words))));

function silenceForm(what, scope) {
  return changeForm(`Silence ${what}`, [durationField(), whoField(), whyField()], `Silence ${what}`, async ({minutes, by, why}) => {
    await change("silence", {...scope, minutes: Number(minutes), by, why});
    return "Silenced: webhooks and Alertmanager are not told.";
  });
}

function problemActions(problem) {
  if (problem.closed !== null) return null;
  return [
    problem.state === "open" && changeForm("Acknowledge", [whoField(), whyField()], "Acknowledge", async ({by, why}) => {
      await change("acknowledge", {problem: problem.id, by, why});
      return "Acknowledged.";
    }),
    silenceForm("this problem", {problem: problem.id}),
    problem.nodes.length === 1 && silenceForm(`all of ${problem.nodes[0]}`, {node: problem.nodes[0]}),
  ];
}

function cellActions(from, to, nodes) {
  const nodeField = labelled("node", el("select", {name: "node"}, nodes.map((node) => el("option", {value: node}, node))));
  return [
    changeForm("Ask again", [nodeField], "Ask again now", async ({node}) => {
      await change("ask-soon", {from, to, node});
      return "It is asked in a round that begins within seconds; the answer appears here.";
    }),
    silenceForm("this pair", {from, to}),
  ];
}

function remarkText(remark) { return [`${remark.by}, `, sinceText(remark.at), " ago", remark.why !== null && `: ${remark.why}`]; }

// Beside a problem, whoever looks: who is at it, and that outlets are not told.
function marks(problem) {
  const isSilenced = problem.silenced !== null && secondsSince(problem.silenced.until) < 0;
  return [
    problem.acknowledged !== null && el("p", {class: "mark"}, badge("acknowledged", "plain"), " ", remarkText(problem.acknowledged)),
    isSilenced && el("p", {class: "mark"}, badge("silenced", "plain"), " until ", timeText(problem.silenced.until), " by ", remarkText(problem.silenced)),
  ];
}

function silenceRow(silence, canChange) {
  const what = silence.problem !== null ? el("a", {href: linkTo("problem", {id: silence.problem})}, "a problem")
    : [pairText(silence.from, silence.to), silence.node !== null && ` on ${silence.node}`];
  const said = el("output", {class: "said"});
  const end = el("button", {type: "button", "aria-label": `End silence ${silence.number}`, on: {click: async () => {
    try { await change("end-silence", {silence: silence.number}); } catch (error) { said.textContent = clean(error.message); }
  }}}, "End");
  return [what, timeText(silence.until), remarkText(silence), canChange ? [end, said] : "–"];
}

function silenceTable(state) {
  return state.silences.length > 0 && [el("h2", {}, "Silenced"),
    table("Silences", ["what", "until", "by", ""], state.silences.map((each) => silenceRow(each, state.can_change)))];
}
