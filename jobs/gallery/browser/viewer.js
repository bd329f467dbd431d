// One sample, large: on a page without a server, which has no page for each.
class Viewer {
  constructor({ samples, pictures }) {
    Object.assign(this, { samples, pictures });
    this.dialog = element("dialog", { className: "viewer" });
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
      element("dd", { textContent: number(this.samples.activations[at][row]) + (range ? `, of ${number(range[0])} to ${number(range[1])}` : "") }),
    ]);
    const near = this.samples.nearest;
    if (near) {
      const text = `number ${near.numbers[row]}, ${number(near.distances[row])} away in E`;
      facts.push(element("dt", { textContent: "nearest reference image" }), element("dd", { textContent: text }));
    }
    this.dialog.replaceChildren(
      element("img", { className: "large", src: file, alt: this.samples.told(row) }),
      element("dl", {}, ...facts),
      this.acts(file),
    );
    if (!this.dialog.open) this.dialog.showModal();
  }

  acts(file) {
    const button = (textContent, onclick) => element("button", { type: "button", className: "quiet", textContent, onclick });
    return element("div", { className: "acts" },
      element("span", { className: "faint", textContent: `#${this.samples.indices[this.row]}` }),
      button("Before", () => this.step(-1)), button("Next", () => this.step(1)),
      element("a", { className: "button quiet", href: file, textContent: "File" }),
      button("Close", () => this.dialog.close()));
  }

  step(by) {
    const place = this.samples.shown.indexOf(this.row) + by;
    if (place >= 0 && place < this.samples.shown.length) this.open(this.samples.shown[place]);
  }
}
