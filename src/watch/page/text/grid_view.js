// Hundreds of names against each other, drawn on a canvas of the window's size, so that no scroll waits for
// thousands of elements. To the keyboard and to readers it is a grid with one current cell.
const colourNames = ["paper", "card", "ink", "soft", "line", "accent", "bad", "own", "own-ink", "indistinct", "indistinct-ink", "default-answer",
  "default-answer-ink", "misdirected", "misdirected-ink", "authentication-bypass", "authentication-bypass-ink", "false-421", "false-421-ink",
  "rejected-421", "rejected-421-ink", "rejected-400", "rejected-400-ink", "rejected-403", "rejected-403-ink", "rejected-404",
  "rejected-404-ink", "rejected-handshake", "rejected-handshake-ink", "other-protocol", "other-protocol-ink", "failed", "failed-ink",
  "could-not-tell", "could-not-tell-ink"];

// Canvas knows no light-dark(): an element that nobody sees tells what a colour is now.
function readColours() {
  const probe = document.body.appendChild(el("span", {hidden: true}));
  const colours = {};
  for (const name of colourNames) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colours;
}

const pieceCells = 32, mostPieces = 120;

class GridView {
  // `content`: {rows, columns: labels; rowTitle, columnTitle; cellAt(row, column) → {verdict, letter, differs, other} or null;
  // describe(row, column), open(row, column)}
  constructor(label, content) {
    this.canvas = el("canvas", {"aria-hidden": "true"});
    this.space = el("div", {class: "grid-space"}, this.canvas);
    this.current = el("div", {role: "gridcell", id: "grid-cell", "aria-selected": "true"});
    this.grid = el("div", {class: "grid", role: "grid", tabindex: 0, "aria-label": label, "aria-activedescendant": "grid-cell"},
      this.space, el("div", {role: "row", class: "offscreen"}, this.current));
    this.pointed = el("p", {class: "pointed", "aria-live": "off"});
    this.element = el("div", {}, this.grid, this.pointed);
    this.row = this.column = 0;
    this.grid.addEventListener("scroll", () => this.drawSoon(), {passive: true});
    this.grid.addEventListener("keydown", (event) => this.onKey(event));
    this.grid.addEventListener("focus", () => this.drawSoon());
    this.grid.addEventListener("blur", () => this.drawSoon());
    this.space.addEventListener("pointermove", (event) => this.onPointer(event));
    this.space.addEventListener("pointerleave", () => { this.hovered = null; this.drawSoon(); });
    this.space.addEventListener("click", (event) => this.onClick(event));
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.grid);
    this.frames = 0;
    this.set(content);
  }

  set(content) {
    this.content = content;
    this.row = Math.max(0, Math.min(this.row, content.rows.length - 1));
    this.column = Math.max(0, Math.min(this.column, content.columns.length - 1));
    this.grid.setAttribute("aria-rowcount", content.rows.length);
    this.grid.setAttribute("aria-colcount", content.columns.length);
    this.measure();
    this.sayCurrent();
  }

  close() { this.observer.disconnect(); }

  measure() {
    const {rows, columns} = this.content;
    const coarse = matchMedia("(pointer: coarse)").matches;
    this.size = coarse || Math.max(rows.length, columns.length) <= 40 ? 26 : Math.max(rows.length, columns.length) <= 100 ? 19 : 15;
    this.context = this.canvas.getContext("2d");
    this.font = `${Math.min(13, this.size - 3)}px ui-monospace, "DejaVu Sans Mono", monospace`;
    this.context.font = this.font;
    const widest = (labels) => Math.max(0, ...labels.map((text) => this.context.measureText(text).width));
    this.left = Math.ceil(Math.min(widest(rows) + 16, 280, this.grid.clientWidth * 0.42));
    this.top = Math.ceil(Math.min(widest(columns) + 14, 150));
    this.space.style.width = `${this.left + columns.length * this.size + 2}px`;
    this.space.style.height = `${this.top + rows.length * this.size + 2}px`;
    const width = this.grid.clientWidth, height = Math.min(this.grid.clientHeight || innerHeight, this.top + rows.length * this.size + 2);
    this.canvas.width = Math.max(1, width * devicePixelRatio);
    this.canvas.height = Math.max(1, height * devicePixelRatio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.view = {width, height};
    this.recolour();
  }

  recolour() {
    this.colours = readColours();
    this.pieces = new Map();
    this.drawSoon();
  }

  drawSoon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  // Cells and labels are painted in pieces of so many rows and columns, and copied from there: letters take time,
  // and a scroll has none.
  piece(kind, row, column, width, height, paint) {
    const key = `${kind} ${row} ${column}`;
    let piece = this.pieces.get(key);
    if (piece === undefined) {
      if (this.pieces.size >= mostPieces) this.pieces.clear();
      piece = el("canvas");
      piece.width = Math.max(1, Math.ceil(width * devicePixelRatio));
      piece.height = Math.max(1, Math.ceil(height * devicePixelRatio));
      const context = piece.getContext("2d");
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      context.fillStyle = this.colours.paper;
      context.fillRect(0, 0, width, height);
      context.font = this.font;
      context.textBaseline = "middle";
      paint(context);
      this.pieces.set(key, piece);
    }
    return piece;
  }

  draw() {
    const {context, size, left, top, view, content} = this;
    const scroll = {x: this.grid.scrollLeft, y: this.grid.scrollTop}, step = pieceCells * size;
    const rows = [], columns = [];
    for (let row = Math.floor(scroll.y / step) * pieceCells; row < content.rows.length && row * size < scroll.y + view.height - top; row += pieceCells) rows.push(row);
    for (let column = Math.floor(scroll.x / step) * pieceCells; column < content.columns.length && column * size < scroll.x + view.width - left; column += pieceCells)
      columns.push(column);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.fillStyle = this.colours.paper;
    context.fillRect(0, 0, view.width, view.height);
    const put = (piece, x, y) => context.drawImage(piece, x, y, piece.width / devicePixelRatio, piece.height / devicePixelRatio);
    for (const row of rows)
      for (const column of columns)
        put(this.piece("cells", row, column, step, step, (into) => this.paintCells(into, row, column)), left + column * size - scroll.x, top + row * size - scroll.y);
    this.drawFocus(scroll);
    for (const row of rows) put(this.piece("rows", row, 0, left, step, (into) => this.paintRowLabels(into, row)), 0, top + row * size - scroll.y);
    for (const column of columns) put(this.piece("columns", 0, column, step, top, (into) => this.paintColumnLabels(into, column)), left + column * size - scroll.x, 0);
    this.drawFocusLabels(scroll);
    context.fillStyle = this.colours.paper;
    context.fillRect(0, 0, left, top);
    ++this.frames;
  }

  paintCells(context, firstRow, firstColumn) {
    const {size, colours, content} = this;
    context.textAlign = "center";
    for (let row = firstRow; row < Math.min(content.rows.length, firstRow + pieceCells); ++row)
      for (let column = firstColumn; column < Math.min(content.columns.length, firstColumn + pieceCells); ++column) {
        const cell = content.cellAt(row, column), x = (column - firstColumn) * size, y = (row - firstRow) * size;
        if (cell !== null) this.paintCell(context, cell, x, y);
        else {
          context.fillStyle = colours.line;
          context.fillRect(x + size / 2 - 1, y + size / 2 - 1, 2, 2);
        }
      }
  }

  paintCell(context, cell, x, y) {
    const {size, colours} = this;
    context.fillStyle = colours[cell.verdict];
    context.fillRect(x + 1, y + 1, size - 2, size - 2);
    context.fillStyle = colours[cell.verdict + "-ink"];
    context.fillText(cell.letter, x + size / 2, y + size / 2 + 1);
    if (cell.differs) {
      context.beginPath();
      context.moveTo(x + size - 1, y + 1);
      context.lineTo(x + size - 1, y + 1 + size / 3);
      context.lineTo(x + size - 1 - size / 3, y + 1);
      context.fill();
    }
    if (cell.other) {
      context.strokeStyle = colours.bad;
      context.lineWidth = 2;
      context.strokeRect(x + 2, y + 2, size - 4, size - 4);
    }
  }

  paintRowLabels(context, first) {
    context.fillStyle = this.colours.ink;
    for (let row = first; row < Math.min(this.content.rows.length, first + pieceCells); ++row) this.paintRowLabel(context, row, (row - first) * this.size);
  }
  paintRowLabel(context, row, y) {
    context.textAlign = "right";
    context.fillText(this.shortened(this.content.rows[row], this.left - 10), this.left - 6, y + this.size / 2 + 1);
  }
  paintColumnLabels(context, first) {
    context.fillStyle = this.colours.ink;
    for (let column = first; column < Math.min(this.content.columns.length, first + pieceCells); ++column) this.paintColumnLabel(context, column, (column - first) * this.size);
  }
  paintColumnLabel(context, column, x) {
    context.save();
    context.textAlign = "left";
    context.translate(x + this.size / 2 + 1, this.top - 6);
    context.rotate(-Math.PI / 2);
    context.fillText(this.shortened(this.content.columns[column], this.top - 10), 0, 0);
    context.restore();
  }

  drawFocus(scroll) {
    const {context, size, left, top, colours} = this;
    const at = this.hovered ?? {row: this.row, column: this.column};
    context.strokeStyle = colours.accent;
    context.lineWidth = document.activeElement === this.grid || this.hovered ? 3 : 1.5;
    context.strokeRect(left + at.column * size - scroll.x, top + at.row * size - scroll.y, size, size);
  }

  // The two names of the current cell stand out.
  drawFocusLabels(scroll) {
    const {context, size, left, top, colours} = this;
    const at = this.hovered ?? {row: this.row, column: this.column};
    const x = left + at.column * size - scroll.x, y = top + at.row * size - scroll.y;
    context.font = this.font;
    context.textBaseline = "middle";
    context.fillStyle = colours.line;
    context.fillRect(0, y, left, size);
    context.fillRect(x, 0, size, top);
    context.fillStyle = colours.accent;
    this.paintRowLabel(context, at.row, y);
    this.paintColumnLabel(context, at.column, x);
  }

  // Names are told apart by their beginnings.
  shortened(text, width) {
    const shown = text === "" ? "(none sent)" : clean(text);
    const fits = Math.floor(width / (this.context.measureText("0").width || 1));
    return shown.length <= fits ? shown : shown.slice(0, Math.max(1, fits - 1)) + "…";
  }

  // Where a pointer is; null beside the cells.
  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left - this.left, y = event.clientY - box.top - this.top;
    if (x < 0 || y < 0) return null;
    const row = Math.floor((y + this.grid.scrollTop) / this.size), column = Math.floor((x + this.grid.scrollLeft) / this.size);
    return row < this.content.rows.length && column < this.content.columns.length ? {row, column} : null;
  }

  onPointer(event) {
    const place = this.placeOf(event);
    if (place?.row === this.hovered?.row && place?.column === this.hovered?.column) return;
    this.hovered = place;
    if (place !== null) this.pointed.textContent = clean(this.content.describe(place.row, place.column));
    this.drawSoon();
  }

  onClick(event) {
    const place = this.placeOf(event);
    if (place === null) return;
    this.moveTo(place.row, place.column);
    this.content.open(place.row, place.column);
  }

  onKey(event) {
    const rows = this.content.rows.length - 1, columns = this.content.columns.length - 1;
    const page = Math.max(1, Math.floor((this.view.height - this.top) / this.size) - 1);
    const moves = {
      ArrowUp: [this.row - 1, this.column], ArrowDown: [this.row + 1, this.column],
      ArrowLeft: [this.row, this.column - 1], ArrowRight: [this.row, this.column + 1],
      Home: event.ctrlKey ? [0, 0] : [this.row, 0], End: event.ctrlKey ? [rows, columns] : [this.row, columns],
      PageUp: [this.row - page, this.column], PageDown: [this.row + page, this.column],
    };
    if (event.key === "Enter" || event.key === " ") this.content.open(this.row, this.column);
    else if (event.key in moves && !event.altKey && !event.metaKey) this.moveTo(...moves[event.key]);
    else return;
    event.preventDefault();
  }

  moveTo(row, column) {
    this.row = Math.max(0, Math.min(this.content.rows.length - 1, row));
    this.column = Math.max(0, Math.min(this.content.columns.length - 1, column));
    this.hovered = null;
    const {size, left, top, view, grid} = this;
    const x = this.column * size, y = this.row * size;
    if (x < grid.scrollLeft) grid.scrollLeft = x;
    if (x + size > grid.scrollLeft + view.width - left) grid.scrollLeft = x + size - view.width + left;
    if (y < grid.scrollTop) grid.scrollTop = y;
    if (y + size > grid.scrollTop + view.height - top) grid.scrollTop = y + size - view.height + top;
    this.sayCurrent();
    this.drawSoon();
  }

  sayCurrent() {
    if (this.content.rows.length === 0 || this.content.columns.length === 0) return;
    const words = clean(this.content.describe(this.row, this.column));
    this.current.textContent = words;
    this.current.setAttribute("aria-rowindex", this.row + 1);
    this.current.setAttribute("aria-colindex", this.column + 1);
    this.pointed.textContent = words;
  }
}
