// Pictures of samples: where they are, and a cell with one of them.
class Pictures {
  constructor(source, samples) {
    Object.assign(this, { source, samples });
  }

  of(pattern, row) {
    const text = String(this.samples.indices[row]).padStart(this.source.digits ?? 0, "0");
    return pattern.replace("#", text);
  }

  picture(row) { return this.of(this.source.picture, row); }

  thumbnail(row) { return this.of(this.source.thumbnail, row); }

  start(row) { return this.of(this.source.start, row); }

  // A sample's page is told how the gallery is sorted and filtered, for the way back.
  href(row) { return this.source.page ? this.of(this.source.page, row) + location.search : this.picture(row); }

  // The part of the sheet of references that shows the one nearest to a sample.
  nearest(row) {
    const near = this.samples.nearest;
    const at = near?.place.get(near.numbers[row]);
    if (at === undefined) return "";
    const across = near.columns > 1 ? (100 * (at % near.columns)) / (near.columns - 1) : 0;
    const rows = Math.ceil(near.on_sheet.length / near.columns);
    const down = rows > 1 ? (100 * Math.floor(at / near.columns)) / (rows - 1) : 0;
    return `${across}% ${down}% / ${100 * near.columns}% ${100 * rows}% url("${near.sheet}")`;
  }
}

// One place of the grid; it shows another sample when it comes round again.
class Cell {
  constructor() {
    this.row = -1;
    this.link = element("a", { tabIndex: -1 });
    this.tick = element("input", { type: "checkbox", tabIndex: -1 });
    this.caption = element("span", { className: "caption" });
    this.node = element("li", { className: "cell" }, this.link, this.tick, this.caption);
    this.node.cell = this;
    this.beside = null;
    this.pairs = false;
  }

  show(place, row, { samples, pictures, choice, pairs }) {
    const key = `${place} ${row} ${pairs} ${samples.version} ${location.search}`;
    if (key === this.key) return; // most of them, while one scrolls
    this.key = key;
    this.place = place;
    this.link.href = pictures.href(row);
    if (row !== this.row || pairs !== this.pairs) {
      this.row = row;
      this.image?.removeAttribute("src"); // else it keeps its picture in memory until it is swept up
      this.image = element("img", { className: "picture", alt: samples.caption(row), decoding: "async" });
      this.link.replaceChildren(this.image);
      this.waiting = pictures.thumbnail(row);
      this.tick.ariaLabel = `choose image ${samples.indices[row]}`;
      this.tick.checked = choice.has(row);
      this.pair(pairs, pictures, samples);
    }
    this.caption.textContent = pairs === "start" ? samples.change(row) : samples.spoken(row);
    // Below the natural image stands its own activation, or nothing: a distance there would be read as one.
    if (pairs === "near") this.caption.append(element("span", { textContent: samples.nearActivation(row) }));
    this.node.setAttribute("aria-posinset", place + 1);
    this.node.setAttribute("aria-setsize", samples.shown.length);
  }

  // What stands beside the sample: "near", the nearest reference image; "start", the image that was changed into it.
  pair(pairs, pictures, samples) {
    this.pairs = pairs;
    this.beside?.removeAttribute("src");
    this.beside?.remove();
    this.beside = this.began = null;
    if (pairs === "near") {
      this.beside = element("span", { className: "nearest", role: "img", title: samples.near(this.row) });
      this.beside.ariaLabel = this.beside.title;
      this.beside.style.background = pictures.nearest(this.row);
    } else if (pairs === "start") {
      this.beside = element("img", { className: "start", decoding: "async", alt: "the starting image" });
      this.began = pictures.start(this.row);
    }
    if (this.beside) this.link.after(this.beside);
  }

  // Only now: cells that scroll past are not loaded.
  load() {
    if (!this.waiting) return;
    this.image.src = this.waiting;
    if (this.began) this.beside.src = this.began;
    this.waiting = null;
  }
}
