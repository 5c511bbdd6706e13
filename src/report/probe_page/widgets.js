// Elements. Text only ever gets in as text: nothing here parses HTML.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : clean(value));
  }
  add(element, ...children);
  return element;
}

function add(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : clean(child));
  }
  return element;
}

const byId = (id) => document.getElementById(id);

// A name, its first label told apart from the domain that many of a column share.
function nameText(text) {
  const at = text.startsWith("(") ? -1 : text.indexOf(".");
  const span = el("span", {class: "name", title: text});
  return at <= 0 ? add(span, text) : add(span, el("b", {}, text.slice(0, at)), text.slice(at));
}

function badge(verdictId) {
  const verdict = facts.verdicts[verdictIndex.get(verdictId)];
  return el("span", {class: `badge v-${verdictId}`},
    el("i", {"aria-hidden": "true"}, verdict.letter), verdict.id.replaceAll("-", " "));
}

// A button that leads to one cell; cells beyond the page's limit are only named.
function cellLink(id, text = `#${id}`) {
  const index = rowOfId.get(id);
  if (index === undefined)
    return el("span", {class: "absent", title: "This cell is beyond what the page holds"}, text);
  const verdict = facts.verdicts[verdictOf(rows[index])];
  return el("button", {type: "button", class: "cell-link", "data-cell": id, on: {click: () => goTo(index)}},
    el("i", {class: `dot v-${verdict.id}`, "aria-hidden": "true"}), text);
}

function select(label, options, value, change) {
  const box = el("select", {on: {change: () => change(box.value)}},
    options.map(([id, text]) => el("option", {value: id, selected: id === value}, text)));
  return el("label", {class: "choice"}, el("span", {}, label), box);
}

// One of a few, all visible. Radio buttons underneath, so that the arrow keys work.
function segments(label, options, value, change) {
  const group = `group-${label.replace(/\W/g, "-")}`;
  return el("fieldset", {class: "segments"}, el("legend", {}, label), el("div", {}, options.map(([id, text]) =>
    el("label", {}, el("input", {type: "radio", name: group, value: id, checked: id === value,
      on: {change: () => change(id)}}), el("span", {}, text)))));
}

function checkbox(text, checked, change) {
  const box = el("input", {type: "checkbox", checked, on: {change: () => change(box.checked)}});
  return el("label", {class: "check"}, box, el("span", {}, text));
}

// Long tables are shown in pieces.
function table(head, items, rowOf, piece = 100) {
  const body = el("tbody");
  let shown = 0;
  const more = el("button", {type: "button", class: "more", on: {click: () => grow()}});
  const grow = () => {
    for (const item of items.slice(shown, shown + piece))
      body.append(el("tr", {}, rowOf(item).map((cell) => el("td", {}, cell))));
    shown = Math.min(items.length, shown + piece);
    more.hidden = shown === items.length;
    more.textContent = `Show more (${items.length - shown} left)`;
  };
  grow();
  return el("div", {class: "table-frame"},
    el("table", {class: "list"}, el("thead", {}, el("tr", {}, head.map((text) => el("th", {scope: "col"}, text)))),
      body), more);
}

function copyButton(text) {
  const button = el("button", {type: "button", class: "copy"}, "Copy");
  button.addEventListener("click", async () => {
    let copied = false;
    try {
      await navigator.clipboard.writeText(text);
      copied = true;
    } catch {
      // Pages from a file may not have the clipboard; the old way still works there.
      const area = el("textarea", {class: "offscreen", readonly: true});
      area.value = text;
      document.body.append(area);
      area.select();
      copied = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = copied ? "Copied" : "Select and copy";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return button;
}
