// Samples as points of a plane, alike ones near each other: pictures where there is room, dots for the rest. Natural images lie among them.
const TILE = 34, EDGE = 24; // pixels of a picture; around all
const NATURAL = 26; // pixels of a natural image
const ZOOM = 1.5, STILL = 4; // of one step; pixels that a click may move

class Plane {
  constructor(host, shared) {
    Object.assign(this, shared);
    this.host = host;
    this.canvas = element("canvas", { tabIndex: 0 });
    this.canvas.setAttribute("role", "application");
    this.seen = element("div", { className: "seen", hidden: true });
    this.says = element("p", { className: "says faint" });
    this.spoken = element("p", { className: "unseen" });
    this.spoken.setAttribute("aria-live", "polite");
    this.view = new Viewport();
    this.closer = this.button("+", "Zoom in", () => this.zoom(ZOOM));
    this.farther = this.button("−", "Zoom out", () => this.zoom(1 / ZOOM));
    this.all = this.button("Whole map", "Show the whole map", () => this.zoom(0));
    const zoom = element("div", { className: "zoom" });
    zoom.append(this.closer, this.farther, this.all);
    host.append(this.canvas, zoom, this.seen, this.says, this.spoken);
    this.images = new Map();
    this.row = -1;
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.samples.onChange(() => this.draw());
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => (this.grabbed ? this.drag(event) : this.point(event)));
    this.canvas.addEventListener("pointerup", () => { this.grabbed = null; });
    this.canvas.addEventListener("pointercancel", () => { this.grabbed = null; });
    this.canvas.addEventListener("pointerleave", () => this.look(-1));
    this.canvas.addEventListener("blur", () => this.look(-1));
    this.canvas.addEventListener("click", (event) => { if (!this.dragged) { this.point(event); this.enter(); } });
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  // places: of samples, each of 0 to 1.
  take({ samples, places, naturals, natural_places: among, says }) {
    const shown = naturals.map((number, at) => ({ number, place: among[at], cell: this.samples.nearest?.place.get(number) }));
    this.naturals = shown.filter(({ cell }) => cell !== undefined);
    if (this.naturals.length) this.sheet = element("img", { src: this.samples.nearest.sheet, onload: () => this.draw() });
    this.places = new Map();
    samples.forEach((index, at) => {
      const row = this.samples.rowOf.get(index);
      if (row !== undefined) this.places.set(row, places[at]);
    });
    this.says.textContent = says;
    this.canvas.ariaLabel = `Map of ${this.places.size} images. Arrow keys go from one to the next, Enter opens, + and - zoom.`;
    this.draw();
  }

  at(row) {
    return this.on(this.places.get(row));
  }

  on([x, y]) { // of the plane, whose y rises
    const [across, down] = this.view.shown([x, 1 - y]);
    return [EDGE + across * (this.width - 2 * EDGE), EDGE + down * (this.height - 2 * EDGE)];
  }

  button(text, label, onclick) {
    return element("button", { type: "button", className: "quiet", textContent: text, ariaLabel: label, onclick });
  }

  // 0: out to the whole map. About a point of the canvas in pixels, else about the middle.
  zoom(factor, at) {
    if (factor) this.view.zoom(factor, at && [(at[0] - EDGE) / (this.width - 2 * EDGE), (at[1] - EDGE) / (this.height - 2 * EDGE)]);
    else this.view.reset();
    this.look(-1);
    this.draw();
  }

  // A wheel alone scrolls the page; with Ctrl, and so by two fingers on a touchpad, it zooms.
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 200), [event.offsetX, event.offsetY]);
  }

  grab({ pointerId, offsetX, offsetY }) {
    this.dragged = false;
    if (this.view.whole) return;
    this.grabbed = [offsetX, offsetY];
    this.canvas.setPointerCapture(pointerId);
  }

  drag({ offsetX, offsetY }) {
    const across = offsetX - this.grabbed[0], down = offsetY - this.grabbed[1];
    if (!this.dragged && Math.hypot(across, down) < STILL) return;
    this.dragged = true;
    this.grabbed = [offsetX, offsetY];
    this.view.move((-across * this.view.side) / (this.width - 2 * EDGE), (-down * this.view.side) / (this.height - 2 * EDGE));
    this.look(-1);
    this.draw();
  }

  draw() {
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    if (!this.width || !this.places) return;
    const scale = devicePixelRatio || 1;
    Object.assign(this.canvas, { width: this.width * scale, height: this.height * scale });
    const pen = (this.pen = this.canvas.getContext("2d"));
    pen.scale(scale, scale);
    pen.fillStyle = getComputedStyle(this.says).color;
    pen.globalAlpha = 0.45;
    this.nature();
    this.live = [...this.samples.shown].filter((row) => this.places.has(row));
    this.all.disabled = this.farther.disabled = this.view.whole;
    this.closer.disabled = this.view.smallest;
    this.canvas.classList.toggle("zoomed", !this.view.whole);
    const free = new Set(), pictured = [];
    for (const row of this.live) {
      const [x, y] = this.at(row);
      if (x < 0 || y < 0 || x > this.width || y > this.height) continue;
      const place = `${Math.floor(x / TILE)} ${Math.floor(y / TILE)}`;
      pen.fillRect(x - 1.5, y - 1.5, 3, 3);
      if (!free.has(place)) { free.add(place); pictured.push(row); }
    }
    pen.globalAlpha = 1;
    this.pictured = pictured;
    for (const row of pictured) this.picture(row);
  }

  // Natural images from their sheet, framed, below the samples.
  nature() {
    if (!this.sheet?.naturalWidth) return;
    const { columns } = this.samples.nearest, side = this.sheet.naturalWidth / columns;
    this.pen.strokeStyle = this.pen.fillStyle;
    this.pen.globalAlpha = 1;
    for (const { cell, place } of this.naturals) {
      const [x, y] = this.on(place).map((each) => Math.round(each - NATURAL / 2));
      this.pen.drawImage(this.sheet, (cell % columns) * side, Math.floor(cell / columns) * side, side, side, x, y, NATURAL, NATURAL);
      this.pen.strokeRect(x - 0.5, y - 0.5, NATURAL + 1, NATURAL + 1);
    }
    this.pen.globalAlpha = 0.45;
  }

  picture(row) {
    let image = this.images.get(row);
    if (!image) {
      image = element("img", { decoding: "async", src: this.pictures.thumbnail(row) });
      this.images.set(row, image);
      image.addEventListener("load", () => this.paint(row, image), { once: true });
    } else if (image.complete && image.naturalWidth) this.paint(row, image);
  }

  paint(row, image) {
    if (!this.pictured.includes(row)) return;
    const [x, y] = this.at(row);
    this.pen.drawImage(image, x - TILE / 2, y - TILE / 2, TILE, TILE);
  }

  point({ offsetX, offsetY }) {
    this.look(this.closest((x, y) => (x - offsetX) ** 2 + (y - offsetY) ** 2, 60 ** 2));
  }

  closest(distance, most = Infinity) {
    let nearest = -1;
    for (const row of this.live ?? []) {
      const far = distance(...this.at(row));
      if (far < most) [nearest, most] = [row, far];
    }
    return nearest;
  }

  look(row) {
    if (row === this.row) return;
    this.row = row;
    this.seen.hidden = row < 0;
    if (row < 0) return;
    const [x, y] = this.at(row);
    this.seen.replaceChildren(
      element("img", { src: this.pictures.thumbnail(row), alt: "" }),
      element("div", { textContent: `#${this.samples.indices[row]}  ${this.samples.spoken(row)}` }),
    );
    this.seen.style.left = `${Math.min(this.width - 136, Math.max(0, x + 14))}px`;
    this.seen.style.top = `${y + 170 > this.height ? Math.max(0, y - 170) : y + 14}px`;
    if (document.activeElement === this.canvas) this.spoken.textContent = this.samples.caption(row);
  }

  enter() {
    if (this.row < 0) return;
    if (this.open) this.open(this.row);
    else location.assign(this.pictures.href(this.row));
  }

  key(event) {
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (event.key === "Enter") this.enter();
    else if (event.key === "+") this.zoom(ZOOM);
    else if (event.key === "-") this.zoom(1 / ZOOM);
    else if (event.key === "0") this.zoom(0);
    else if (way) this.step(way);
    else return;
    event.preventDefault();
  }

  // The nearest one in a direction; what lies aside counts as twice as far.
  step([across, down]) {
    if (this.row < 0) return this.look(this.live?.find((row) => this.inside(row)) ?? -1);
    const [fromX, fromY] = this.at(this.row);
    const nearest = this.closest((x, y) => {
      const along = (x - fromX) * across + (y - fromY) * down;
      const aside = (x - fromX) * down - (y - fromY) * across;
      return along > 0.5 ? Math.hypot(along, 2 * aside) : Infinity;
    });
    if (nearest < 0) return;
    if (!this.inside(nearest)) {
      this.view.reveal(this.upright(nearest));
      this.draw();
    }
    this.look(nearest);
  }

  inside(row) {
    return this.view.visible(this.upright(row));
  }

  upright(row) {
    const [x, y] = this.places.get(row);
    return [x, 1 - y];
  }
}
