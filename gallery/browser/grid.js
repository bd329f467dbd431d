// A grid of any length: the rows near the window are there, and the same cells show other samples as one scrolls.
const GAP = 8, CAPTION = 18, BEYOND = 3; // pixels; pixels; rows above and below the window
const BUSY = 8; // milliseconds of a frame in which pictures are asked for
const REST = 90; // milliseconds after which pictures are asked for, when one scrolls faster than a window a frame

class Grid {
  constructor(host, shared) {
    Object.assign(this, shared);
    this.shared = shared;
    this.list = element("ul", { className: "cells", tabIndex: 0 });
    this.list.ariaLabel = "Images. Arrow keys move, Enter opens, Space chooses.";
    this.host = element("div", { className: "field-of-cells" }, this.list);
    host.replaceWith(this.host);
    this.cells = []; // in the order of their places
    this.first = 0;
    this.active = 0;
    this.size = 104;
    this.top = 0;
    addEventListener("scroll", () => this.soon(), { passive: true });
    addEventListener("resize", () => this.soon());
    new ResizeObserver(() => this.measure()).observe(this.host);
    this.samples.onChange(() => this.measure());
    this.choice.onChange(() => this.cells.forEach((cell) => { cell.tick.checked = this.choice.has(cell.row); }));
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("focusin", (event) => this.focused(event));
  }

  resize(size) { this.size = size; this.measure(); }

  pair(pairs) {
    this.shared.pairs = this.pairs = pairs;
    this.list.classList.toggle("pairs", Boolean(pairs));
    this.list.classList.toggle("started", pairs === "start");
    this.measure();
  }

  measure() {
    const width = this.host.clientWidth;
    if (!width) return;
    const cellWidth = this.pairs ? 2 * this.size + 2 : this.size;
    this.columns = Math.max(1, Math.floor((width + GAP) / (cellWidth + GAP)));
    const cell = (width - GAP * (this.columns - 1)) / this.columns;
    this.height = (this.pairs ? (cell - 2) / 2 : cell) + CAPTION; // of a row, without the gap
    this.list.style.gridTemplateColumns = `repeat(${this.columns}, minmax(0, 1fr))`;
    this.list.style.setProperty("--row", `${this.height}px`);
    const rows = Math.ceil(this.samples.shown.length / this.columns);
    this.host.style.height = `${Math.max(0, rows * (this.height + GAP) - GAP)}px`;
    this.render();
  }

  soon() {
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.render(); });
  }

  // Which places are to be there: whole rows.
  rowsInView() {
    const top = -this.host.getBoundingClientRect().top;
    const step = this.height + GAP;
    const from = Math.max(0, Math.floor(top / step) - BEYOND);
    const to = Math.max(0, Math.ceil((top + innerHeight) / step) + BEYOND);
    const count = this.samples.shown.length;
    const jumped = Math.abs(top - this.top) > innerHeight;
    this.top = top;
    return { first: Math.min(from * this.columns, count), last: Math.min(to * this.columns, count), jumped };
  }

  render() {
    if (!this.columns || !this.host.offsetParent) return;
    const { first, last, jumped } = this.rowsInView();
    this.turn(first);
    while (this.cells.length > last - first) this.drop(this.cells.pop());
    while (this.cells.length < last - first) {
      const cell = new Cell();
      this.cells.push(cell);
      this.list.append(cell.node);
    }
    this.first = first;
    this.cells.forEach((cell, at) => cell.show(first + at, this.samples.shown[first + at], this.shared));
    this.list.style.transform = `translateY(${(first / this.columns) * (this.height + GAP)}px)`;
    clearTimeout(this.resting);
    if (jumped) this.resting = setTimeout(() => this.load(), REST);
    else this.load();
  }

  // Cells that leave at one end come in at the other, so that those between stay as they are.
  turn(first) {
    const by = first - this.first;
    if (Math.abs(by) >= this.cells.length) return;
    if (by > 0) this.cells.push(...this.cells.splice(0, by).map((cell) => this.move(cell, null)));
    if (by < 0) {
      const leaving = this.cells.splice(by);
      const before = this.list.firstChild;
      this.cells.unshift(...leaving.map((cell) => this.move(cell, before)));
    }
  }

  move(cell, before) {
    if (cell.node.contains(document.activeElement)) this.list.focus({ preventScroll: true });
    this.list.insertBefore(cell.node, before);
    return cell;
  }

  drop(cell) {
    if (cell.node.contains(document.activeElement)) this.list.focus({ preventScroll: true });
    cell.node.remove();
  }

  // To ask for a picture takes a while, and there may be many of them: a few in each frame.
  load() {
    const begun = performance.now();
    for (const cell of this.cells) {
      if (!cell.waiting) continue;
      if (performance.now() - begun > BUSY) { this.loading ??= requestAnimationFrame(() => { this.loading = null; this.load(); }); return; }
      cell.load();
    }
  }

  at(place) { return this.cells[place - this.first]; }

  focused({ target }) {
    const cell = target.closest(".cell")?.cell;
    if (cell) this.active = cell.place;
  }

  go(place, extend) {
    const from = this.active;
    this.active = Math.min(Math.max(0, place), this.samples.shown.length - 1);
    if (extend) this.choice.between(from, this.active);
    const top = this.host.getBoundingClientRect().top + Math.floor(this.active / this.columns) * (this.height + GAP);
    if (top < 80) scrollBy(0, top - 90);
    else if (top + this.height > innerHeight - 10) scrollBy(0, top + this.height - innerHeight + 20);
    this.render();
    this.at(this.active)?.link.focus({ preventScroll: true });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.samples.shown.length) return;
    const page = this.columns * Math.max(1, Math.floor(innerHeight / (this.height + GAP)) - 1);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, PageDown: page, PageUp: -page };
    const last = this.samples.shown.length - 1;
    const first = event.target === this.list && event.key.startsWith("Arrow");
    if (event.key in steps) this.go(first ? this.active : this.active + steps[event.key], event.shiftKey);
    else if (event.key === "Home" || event.key === "End") this.go(event.key === "Home" ? 0 : last, event.shiftKey);
    else if (event.key === " ") this.choice.toggle(this.active, event.shiftKey);
    else if (event.key === "Enter" && event.target === this.list) this.at(this.active)?.link.click();
    else return;
    event.preventDefault();
  }

  click(event) {
    const cell = event.target.closest(".cell")?.cell;
    if (!cell) return;
    this.active = cell.place;
    if (event.target === cell.tick) this.choice.toggle(cell.place, event.shiftKey);
    else if (event.shiftKey) { event.preventDefault(); this.choice.toggle(cell.place, true); }
    else if (this.open && !event.ctrlKey && !event.metaKey) { event.preventDefault(); this.open(cell.row); }
  }
}
