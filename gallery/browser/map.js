// Samples as points of a plane, alike ones near each other: pictures where there is room, dots for the rest. Natural images lie among them.
const TILE = 34, EDGE = 24; // pixels of a picture; around all
const NATURAL = 26; // pixels of a natural image

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
    host.append(this.canvas, this.seen, this.says, this.spoken);
    this.images = new Map();
    this.row = -1;
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.samples.onChange(() => this.draw());
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.look(-1));
    this.canvas.addEventListener("blur", () => this.look(-1));
    this.canvas.addEventListener("click", (event) => { this.point(event); this.enter(); });
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
    this.canvas.ariaLabel = `Map of ${this.places.size} images. Arrow keys go from one to the next, Enter opens.`;
    this.draw();
  }

  at(row) {
    return this.on(this.places.get(row));
  }

  on([x, y]) {
    return [EDGE + x * (this.width - 2 * EDGE), EDGE + (1 - y) * (this.height - 2 * EDGE)];
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
    const free = new Set(), pictured = [];
    for (const row of this.live) {
      const [x, y] = this.at(row);
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
    else if (way) this.step(way);
    else return;
    event.preventDefault();
  }

  // The nearest one in a direction; what lies aside counts as twice as far.
  step([across, down]) {
    if (this.row < 0) return this.look(this.live?.[0] ?? -1);
    const [fromX, fromY] = this.at(this.row);
    const nearest = this.closest((x, y) => {
      const along = (x - fromX) * across + (y - fromY) * down;
      const aside = (x - fromX) * down - (y - fromY) * across;
      return along > 0.5 ? Math.hypot(along, 2 * aside) : Infinity;
    });
    if (nearest >= 0) this.look(nearest);
  }
}
