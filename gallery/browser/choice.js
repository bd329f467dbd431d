// Samples that were chosen, to be downloaded.
const MOST = 6000; // characters of an address that names them

class Choice {
  constructor(samples) {
    this.samples = samples;
    this.rows = new Set();
    this.anchor = 0; // place from which a range goes
    this.listeners = [];
  }

  has(row) { return this.rows.has(row); }

  onChange(listener) { this.listeners.push(listener); }

  toggle(place, range) {
    const row = this.samples.shown[place];
    if (range) return this.between(this.anchor, place);
    if (!this.rows.delete(row)) this.rows.add(row);
    this.anchor = place;
    this.tell();
  }

  between(one, other) {
    for (let place = Math.min(one, other); place <= Math.max(one, other); place++) this.rows.add(this.samples.shown[place]);
    this.tell();
  }

  none() { this.rows.clear(); this.tell(); }

  tell() { for (const listener of this.listeners) listener(); }

  // As "0-4,9".
  text() {
    const numbers = [...this.rows].map((row) => this.samples.indices[row]).sort((a, b) => a - b);
    const parts = [];
    for (let at = 0; at < numbers.length; ) {
      let end = at;
      while (numbers[end + 1] === numbers[end] + 1) end++;
      parts.push(end > at ? `${numbers[at]}-${numbers[end]}` : `${numbers[at]}`);
      at = end + 1;
    }
    return parts.join(",");
  }
}
