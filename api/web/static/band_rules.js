// What a form says of a band's two ends. api/web/bands.py says the same on the server; both keep to tests/api/web/band_cases.json.
window.bandRules = (() => {
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const pairsOf = (quantiles) => Object.entries(quantiles).map(([share, value]) => [Number(share), value]).sort((a, b) => a[0] - b[0]);
  const turned = (pairs) => pairs.map(([left, right]) => [right, left]);

  // On the straight line between two pairs; beyond the last ones, what these have. A value that is no number has no place.
  function between(pairs, value) {
    if (!Number.isFinite(value)) return NaN;
    const last = pairs.length - 1;
    if (value <= pairs[0][0]) return pairs[0][1];
    if (value >= pairs[last][0]) return pairs[last][1];
    const at = pairs.findIndex(([edge]) => edge >= value);
    const [[left, low], [right, high]] = [pairs[at - 1], pairs[at]];
    return right === left ? high : low + ((high - low) * (value - left)) / (right - left);
  }

  // The share of natural images with less: of equal activations the lowest quantile, so that zeros are not below zero.
  function below(quantiles, value) {
    const pairs = pairsOf(quantiles);
    if (value < pairs[0][1]) return 0;
    return pairs.find(([, each]) => each === value)?.[0] ?? between(turned(pairs), value);
  }

  function end(text) {
    const value = NUMBER.test(text.trim()) ? Number(text.trim()) : NaN;
    return Number.isFinite(value) ? value : null;
  }

  function hint(low, high, by) {
    if (!low.trim() || !high.trim()) return "Choose a band: give both ends.";
    for (const text of [low, high]) {
      if (end(text) === null) return `“${text.trim()}” is not a number.`;
      if (by === "quantiles" && !(end(text) >= 0 && end(text) <= 1)) return "Quantiles lie between 0 and 1.";
    }
    return end(low) < end(high) ? null : "The first end must be lower than the second.";
  }

  // One end in activations; NaN where the text is no number.
  function activation(text, by, measured) {
    const value = end(text) ?? NaN;
    if (by === "quantiles") return between(pairsOf(measured.quantiles), value);
    return by === "sd" ? measured.mean + value * measured.sd : value;
  }

  const short = (value, digits = 4) => String(Number(value.toPrecision(digits)));
  const percent = (share) => `${(100 * share).toFixed(2)}%`;

  function describe(measured, low, high, by) {
    const wrong = hint(low, high, by);
    const band = [low, high].map((text) => activation(text, by, measured));
    if (wrong || !(band[0] < band[1])) return { says: wrong ?? "The neuron barely varies between these ends.", warns: "", band: null };
    const [under, upper] = band.map((value) => below(measured.quantiles, value));
    const says = `${short(band[0])} to ${short(band[1])}: ${percent(upper - under)} of natural images, ${percent(1 - upper)} lie higher.`;
    const values = Object.values(measured.quantiles);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const tail = "You may get few images, or none.";
    let warns = "";
    if (band[0] > most) warns = `No natural image is this high: their maximum is ${short(most)}. ${tail}`;
    else if (band[1] < least) warns = `No natural image is this low: their minimum is ${short(least)}. ${tail}`;
    return { says, warns, band };
  }

  // Where a band lies on an axis, 0 to 100.
  function across(knots, band) {
    const [left, right] = band.map((value) => between(turned(knots), value));
    return { x: left, width: Math.max(0.4, right - left) };
  }

  return { across, activation, below, between, describe, pairsOf, short, turned };
})();
