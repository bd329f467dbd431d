// All samples in columns, and those of them that are shown, in their order.
class Samples {
  constructor(neurons) {
    this.neurons = neurons;
    this.indices = []; // number of the sample in each row
    this.activations = neurons.map(() => []);
    this.starts = null; // of what counterfactuals began as, as activations are; null: these are none
    this.ranges = neurons.map(() => null); // [low, high] to show; null: all
    this.kind = null; // numbers of the samples of the kind that is shown; null: all kinds
    this.sort = "index";
    this.shown = new Uint32Array(0); // rows
    this.rowOf = new Map();
    this.nearest = null;
    this.version = 0; // of what is shown
    this.listeners = [];
  }

  get count() { return this.indices.length; }

  // Columns as the server and a downloaded page have them.
  add({ runs, activations, starts }) {
    let at = 0;
    if (starts) this.starts ??= this.neurons.map(() => []);
    for (const [first, length] of runs) {
      for (let index = first; index < first + length; index++, at++) {
        if (this.rowOf.has(index)) continue;
        this.rowOf.set(index, this.count);
        this.indices.push(index);
        activations.forEach((column, neuron) => this.activations[neuron].push(column[at]));
        this.starts?.forEach((column, neuron) => column.push(starts[neuron][at]));
      }
    }
    this.arrange();
  }

  // The ends of a neuron's band, or of what was found where none was asked.
  ends(neuron) {
    const asked = this.neurons[neuron].range;
    if (asked) return asked;
    const values = this.activations[neuron];
    if (!values.length) return [0, 1];
    return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  }

  arrange() {
    const rows = [];
    for (let row = 0; row < this.count; row++) if (this.inside(row)) rows.push(row);
    const shown = Uint32Array.from(rows);
    const by = this.sort === "index" ? this.indices : this.activations[Number(this.sort.slice(1))];
    const sign = this.sort[0] === "-" ? -1 : 1;
    shown.sort((a, b) => sign * (by[a] - by[b]) || this.indices[a] - this.indices[b]);
    this.shown = shown;
    this.version++;
    for (const listener of this.listeners) listener();
  }

  inside(row) {
    if (this.kind && !this.kind.has(this.indices[row])) return false;
    return this.ranges.every((range, neuron) => {
      const value = this.activations[neuron][row];
      return range === null || (value >= range[0] && value <= range[1]);
    });
  }

  onChange(listener) { this.listeners.push(listener); }

  // Whose activation a picture bears: that of the neuron sorted by.
  get spokenOf() { return this.sort === "index" ? 0 : Number(this.sort.slice(1)); }

  spoken(row) { return number(this.activations[this.spokenOf][row]); }

  // The same before the change, and after it.
  change(row, neuron = this.spokenOf) {
    return `${number(this.starts[neuron][row])} → ${number(this.activations[neuron][row])}`;
  }

  // Numbers in runs of a first one and how many follow, as columns have them.
  static numbers(runs) {
    return runs.flatMap(([first, length]) => Array.from({ length }, (_, at) => first + at));
  }

  // The natural image nearest to a sample, in words.
  near(row) {
    const { numbers, distances, activations } = this.nearest;
    const own = activations ? `, ${this.neurons[0].neuron} ${number(activations[row])}` : "";
    return `natural image ${numbers[row]}${own}, at distance ${number(distances[row])}`;
  }

  // Its own activation of the neuron that pictures bear; empty where that is not known.
  nearActivation(row) {
    const known = this.nearest.activations;
    return known && this.spokenOf === 0 ? number(known[row]) : "";
  }

  caption(row) {
    const each = this.neurons.map(({ neuron }, at) => `${neuron} ${this.starts ? this.change(row, at) : number(this.activations[at][row])}`);
    return `image ${this.indices[row]}: ${each.join(", ")}`;
  }
}

const number = (value) => String(Number(value.toPrecision(4)));

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
