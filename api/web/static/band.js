// A band is dragged on a histogram; handles, number fields, bars and the sentence below say the same.
const between = (pairs, value) => {
  const last = pairs.length - 1;
  if (value <= pairs[0][0]) return pairs[0][1];
  if (value >= pairs[last][0]) return pairs[last][1];
  const at = pairs.findIndex(([edge]) => edge >= value);
  const [[left, low], [right, high]] = [pairs[at - 1], pairs[at]];
  return right === left ? high : low + ((high - low) * (value - left)) / (right - left);
};
const turned = (pairs) => pairs.map(([left, right]) => [right, left]);
const shares = (measured) => Object.entries(measured.quantiles).map(([share, value]) => [Number(share), value]).sort((a, b) => a[0] - b[0]);
const told = (value) => String(Number(value.toPrecision(4)));
// As histogram.below: of equal activations the lowest quantile, so that zeros are not below zero.
const below = (measured, value) => {
  const pairs = shares(measured);
  if (value < pairs[0][1]) return 0;
  return pairs.find(([, each]) => each === value)?.[0] ?? between(turned(pairs), value);
};

function figureOf(element) {
  const wanted = element.closest(".wanted");
  const figure = wanted?.querySelector(".scale");
  if (!figure) return null;
  const field = (name) => wanted.querySelector(`[name=${name}]`);
  return {
    figure, field,
    knots: JSON.parse(figure.dataset.knots), measured: JSON.parse(figure.dataset.measured),
    ends: ["low", "high"].map((end) => figure.querySelector(`[data-end=${end}]`)),
  };
}

function activation(text, by, measured) {
  const value = Number(text.trim().replace(",", ".") || NaN);
  if (by === "quantiles") return between(shares(measured), value);
  return by === "sd" ? measured.mean + value * measured.sd : value;
}

function written(value, by, measured) {
  if (by === "quantiles") return String(Number(below(measured, value).toFixed(4)));
  return told(by === "sd" ? (value - measured.mean) / measured.sd : value);
}

const read = ({ field, measured }) => ["low", "high"].map((end) => activation(field(end).value, field("by").value, measured));

function write(seen, band) {
  const { field, measured } = seen;
  const values = Object.values(measured.quantiles);
  const beyond = band[0] < Math.min(...values) || band[1] > Math.max(...values);
  if (field("by").value === "quantiles" && beyond) field("by").value = field("by").dataset.was = "numbers";
  ["low", "high"].forEach((end, at) => { field(end).value = written(band[at], field("by").value, measured); });
}

function draw(seen, band) {
  const { figure, knots, measured, ends } = seen;
  if (!band.every(Number.isFinite)) return;
  const places = band.map((value) => between(turned(knots), value));
  ends.forEach((end, at) => {
    end.value = places[at];
    end.setAttribute("aria-valuetext", `${told(band[at])}, quantile ${below(measured, band[at]).toFixed(4)}`);
  });
  const [left, width] = [places[0], Math.max(0.4, places[1] - places[0])];
  const svg = figure.querySelector("svg.histogram");
  let shade = svg.querySelector(".asked");
  if (!shade) {
    shade = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ class: "asked", y: 0, height: 60 })) shade.setAttribute(name, value);
    svg.prepend(shade);
  }
  shade.setAttribute("x", left);
  shade.setAttribute("width", width);
  for (const bar of svg.querySelectorAll("rect:not(.asked)")) {
    const [x, wide] = [Number(bar.getAttribute("x")), Number(bar.getAttribute("width")) / 0.9];
    bar.classList.toggle("inside", left < x + wide && x < left + width);
  }
  const [low, high] = band.map((value) => below(measured, value));
  const percent = (share) => `${(100 * Math.max(0, share)).toFixed(2)}%`;
  figure.querySelector("[data-says]").textContent =
    `${told(band[0])} to ${told(band[1])}: ${percent(high - low)} of natural images, ${percent(1 - high)} lie higher.`;
}

// The ends keep apart by the least that a handle moves.
function move(seen, places, moved) {
  const least = 0.1;
  const [low, high] = places.map((place) => Math.min(100, Math.max(0, place)));
  const kept = moved === 0 ? [Math.min(low, high - least), high] : [low, Math.max(high, low + least)];
  const band = kept.map((place) => between(seen.knots, place));
  write(seen, band);
  draw(seen, band);
  seen.field("low").dispatchEvent(new Event("input", { bubbles: true }));
}

function begin() {
  for (const figure of document.querySelectorAll(".wanted .scale")) {
    const seen = figureOf(figure);
    seen.ends.forEach((end) => { end.hidden = false; });
    seen.field("by").dataset.was = seen.field("by").value;
    draw(seen, read(seen));
  }
}

document.addEventListener("input", (event) => {
  const seen = event.target instanceof Element && figureOf(event.target);
  if (!seen) return;
  if (event.target.matches(".end")) move(seen, seen.ends.map((end) => Number(end.value)), seen.ends.indexOf(event.target));
  else if (event.target.matches("[name=low], [name=high]")) draw(seen, read(seen));
});
document.addEventListener("change", (event) => {
  if (!event.target.matches(".wanted [name=by]")) return;
  const seen = figureOf(event.target);
  if (!seen) return;
  const band = ["low", "high"].map((end) => activation(seen.field(end).value, event.target.dataset.was, seen.measured));
  event.target.dataset.was = event.target.value;
  if (band.every(Number.isFinite)) write(seen, band);
  seen.field("low").dispatchEvent(new Event("input", { bubbles: true }));
});
// Another neuron has other activations: the same quantiles are asked of it.
document.addEventListener("neuron-chosen", (event) => {
  const seen = figureOf(event.target);
  const by = seen?.field("by");
  if (!seen || by.value === "quantiles") return;
  const band = read(seen);
  if (!band.every(Number.isFinite)) return;
  by.value = "quantiles";
  ["low", "high"].forEach((end, at) => { seen.field(end).value = written(band[at], "quantiles", seen.measured); });
}, true);

// Beside the handles: the band itself is moved, or its nearer end comes.
document.addEventListener("pointerdown", (event) => {
  const plot = event.target.closest(".wanted .plot");
  if (!plot || event.target.matches(".end") || event.button) return;
  const seen = figureOf(plot);
  const box = plot.querySelector("svg").getBoundingClientRect();
  const place = (each) => (100 * (each.clientX - box.left)) / box.width;
  const [low, high] = seen.ends.map((end) => Number(end.value));
  const start = place(event);
  const inside = low < start && start < high;
  const nearer = Math.abs(start - low) < Math.abs(start - high) ? 0 : 1;
  const drag = (each) => {
    const now = place(each);
    if (inside) {
      const by = Math.min(100 - high, Math.max(-low, now - start));
      move(seen, [low + by, high + by], 1);
    } else move(seen, nearer ? [low, now] : [now, high], nearer);
  };
  event.preventDefault();
  plot.setPointerCapture(event.pointerId);
  if (!inside) drag(event);
  plot.addEventListener("pointermove", drag);
  plot.addEventListener("lostpointercapture", () => plot.removeEventListener("pointermove", drag), { once: true });
  seen.ends[nearer].focus();
});
document.addEventListener("click", (event) => {
  const bin = event.target.closest(".wanted button[data-low]");
  if (!bin) return;
  const seen = figureOf(bin);
  const band = [Number(bin.dataset.low), Number(bin.dataset.high)];
  write(seen, band);
  draw(seen, band);
  seen.field("low").dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("asked-again", begin);
begin();
