// One sample, large, beside the natural image nearest to it; arrow keys go on in the order that is shown.
class Viewer {
  constructor({ samples, pictures, choice, source, nearest }) {
    Object.assign(this, { samples, pictures, choice, source, nearest });
    this.image = element("img", { className: "large" });
    this.start = element("img", { className: "large", alt: "the starting image" });
    this.natural = element("span", { className: "large" });
    this.natural.setAttribute("role", "img");
    this.sides = [this.start, this.image, this.natural].map((picture) => this.side(picture));
    this.facts = element("dl");
    this.name = element("span", { className: "place faint" });
    this.file = element("a", { className: "button quiet", textContent: "Download" });
    this.page = element("a", { className: "button quiet", textContent: "Open page", hidden: !source.page });
    this.choose = this.button("Choose", () => this.mark());
    const acts = element("div", { className: "acts" }, this.name, this.button("← Previous", () => this.step(-1)),
      this.button("Next →", () => this.step(1)), this.choose, this.file, this.page, this.button("Close", () => this.dialog.close()));
    this.dialog = element("dialog", { className: "viewer" }, element("div", { className: "both" }, ...this.sides), this.facts, acts);
    this.dialog.ariaLabel = "Image";
    document.body.append(this.dialog);
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => this.left?.(this.row));
    this.dialog.addEventListener("keydown", (event) => this.key(event));
  }

  button(textContent, onclick) {
    return element("button", { type: "button", className: "quiet", textContent, onclick });
  }

  side(picture) {
    return element("figure", {}, picture, element("figcaption"));
  }

  async open(row) {
    this.show(row);
    if (!this.dialog.open) this.dialog.showModal();
    await this.nearest();
    if (this.row === row) this.show(row);
  }

  show(row) {
    this.row = row;
    const { samples, pictures } = this, { neuron } = samples.neurons[0];
    this.image.src = this.file.href = pictures.picture(row);
    this.file.download = `${String(samples.indices[row]).padStart(6, "0")}.png`;
    this.image.alt = samples.caption(row);
    this.page.href = pictures.href(row);
    const [start, image, natural] = this.sides;
    start.hidden = !samples.starts;
    if (samples.starts) this.start.src = pictures.start(row);
    natural.hidden = !samples.nearest;
    if (samples.nearest) {
      this.natural.style.background = pictures.nearest(row);
      this.natural.ariaLabel = this.natural.title = samples.near(row);
    }
    this.describe(start, "began as", samples.starts && `${neuron} ${number(samples.starts[0][row])}`);
    this.describe(image, "this image", `${neuron} ${number(samples.activations[0][row])}`);
    this.describe(natural, "nearest natural image", samples.nearest?.activations && `${neuron} ${number(samples.nearest.activations[row])}`);
    this.facts.replaceChildren(...(samples.neurons.length > 1 ? samples.neurons.flatMap((each, at) => this.fact(each, at, row)) : []));
    const place = samples.shown.indexOf(row) + 1;
    this.name.textContent = `${place.toLocaleString("en")} of ${samples.shown.length.toLocaleString("en")}`;
    this.choose.ariaPressed = String(this.choice.has(row));
  }

  describe(side, words, activation) {
    side.lastElementChild.replaceChildren(words, ...(activation ? [element("b", { textContent: activation })] : []));
  }

  fact({ neuron, range }, at, row) {
    const value = this.samples.starts ? this.samples.change(row, at) : number(this.samples.activations[at][row]);
    return [element("dt", { textContent: neuron }), element("dd", { textContent: value + (range ? `, in the band ${number(range[0])} to ${number(range[1])}` : "") })];
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = { ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), s: () => this.mark(), d: () => this.file.click() };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  mark() {
    this.choice.toggle(this.samples.shown.indexOf(this.row));
    this.choose.ariaPressed = String(this.choice.has(this.row));
  }

  step(by) {
    const place = this.samples.shown.indexOf(this.row) + by;
    if (place >= 0 && place < this.samples.shown.length) this.show(this.samples.shown[place]);
  }
}
