// A strip of dots for every neuron, and below it two handles: samples between them are shown.
const STEPS = 1000, WIDTH = 500, ROWS = 9; // of a slider; places along a strip; dots at one place, at most

class Band {
  constructor(node, samples) {
    this.node = node;
    this.samples = samples;
    this.neuron = Number(node.dataset.band);
    this.part = element("span", { className: "part" });
    this.low = this.handle("from", 0);
    this.high = this.handle("to", STEPS);
    this.said = element("div", { className: "said" });
    node.append(element("div", { className: "slider" }, this.part, this.low, this.high), this.said);
    samples.onChange(() => this.draw());
    this.show();
  }

  handle(name, value) {
    const made = element("input", { type: "range", min: 0, max: STEPS, value });
    made.ariaLabel = `${this.samples.neurons[this.neuron].neuron}, show activations ${name}`;
    made.addEventListener("input", () => this.slide(made));
    return made;
  }

  // One handle pushes the other.
  slide(moved) {
    const [low, high] = [Number(this.low.value), Number(this.high.value)];
    if (low > high) (moved === this.low ? this.high : this.low).value = moved.value;
    this.apply();
  }

  apply() {
    const [low, high] = [Number(this.low.value), Number(this.high.value)];
    const all = low === 0 && high === STEPS;
    this.samples.ranges[this.neuron] = all ? null : [low ? this.value(low) : -Infinity, high < STEPS ? this.value(high) : Infinity];
    this.show();
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.samples.arrange(); });
  }

  value(step) {
    const [low, high] = this.samples.ends(this.neuron);
    return low + (step / STEPS) * (high - low);
  }

  step(value) {
    const [low, high] = this.samples.ends(this.neuron);
    return Math.round((STEPS * (value - low)) / (high - low || 1));
  }

  show() {
    const [low, high] = [Number(this.low.value), Number(this.high.value)];
    this.part.style.left = `calc(9px + ${low / STEPS} * (100% - 18px))`;
    this.part.style.right = `calc(9px + ${1 - high / STEPS} * (100% - 18px))`;
    for (const each of [this.low, this.high]) each.setAttribute("aria-valuetext", number(this.value(Number(each.value))));
    const all = low === 0 && high === STEPS;
    this.said.textContent = all ? "" : `shown: ${number(this.value(low))} to ${number(this.value(high))}`;
  }

  // As the server draws it, of what is known by now.
  draw() {
    if (this.drawn === this.samples.count) return;
    this.drawn = this.samples.count;
    const [low, high] = this.samples.ends(this.neuron);
    const stacked = new Map();
    for (const value of this.samples.activations[this.neuron]) {
      const place = Math.round(Math.min(1, Math.max(0, high > low ? (value - low) / (high - low) : 0.5)) * WIDTH);
      stacked.set(place, Math.min(ROWS, (stacked.get(place) ?? 0) + 1));
    }
    const row = (at) => Math.floor(ROWS / 2) + Math.ceil(at / 2) * (at % 2 ? -1 : 1);
    const dots = [...stacked].map(([place, count]) => Array.from({ length: count }, (_, at) => `M${place} ${row(at)}h0`).join(""));
    this.node.querySelector(".dot").setAttribute("d", dots.join(""));
    const [from, , to] = this.node.querySelectorAll(".ends span");
    [from.textContent, to.textContent] = [number(low), number(high)];
  }
}
