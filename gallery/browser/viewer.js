// One sample, large: on a page without a server, which has no page for each.
class Viewer {
  constructor({ samples, pictures }) {
    Object.assign(this, { samples, pictures });
    this.image = element("img", { className: "large" });
    this.start = element("img", { className: "before", alt: "the image that it began as" });
    this.facts = element("dl");
    this.name = element("span", { className: "faint" });
    this.file = element("a", { className: "button quiet", textContent: "File" });
    const button = (textContent, onclick) => element("button", { type: "button", className: "quiet", textContent, onclick });
    const acts = element("div", { className: "acts" }, this.name, button("Before", () => this.step(-1)),
      button("Next", () => this.step(1)), this.file, button("Close", () => this.dialog.close()));
    this.dialog = element("dialog", { className: "viewer" }, element("div", { className: "both" }, this.start, this.image), this.facts, acts);
    this.dialog.ariaLabel = "Sample";
    document.body.append(this.dialog);
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) this.step(by);
    });
  }

  open(row) {
    this.row = row;
    const file = this.pictures.picture(row);
    const facts = this.samples.neurons.flatMap(({ neuron, range }, at) => [
      element("dt", { textContent: neuron }),
      element("dd", { textContent: (this.samples.starts ? this.samples.change(row, at) : number(this.samples.activations[at][row])) + (range ? `, of ${number(range[0])} to ${number(range[1])}` : "") }),
    ]);
    const near = this.samples.nearest;
    if (near) {
      facts.push(element("dt", { textContent: "nearest natural image" }), element("dd", { textContent: this.samples.near(row) }));
    }
    this.image.src = this.file.href = file;
    this.start.hidden = !this.samples.starts;
    if (this.samples.starts) this.start.src = this.pictures.start(row);
    this.image.alt = this.samples.caption(row);
    this.facts.replaceChildren(...facts);
    this.name.textContent = `#${this.samples.indices[row]}`;
    if (!this.dialog.open) this.dialog.showModal();
  }

  step(by) {
    const place = this.samples.shown.indexOf(this.row) + by;
    if (place >= 0 && place < this.samples.shown.length) this.open(this.samples.shown[place]);
  }
}
