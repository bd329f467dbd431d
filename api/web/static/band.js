// A band is dragged on a histogram or a ruler; handles, number fields, the band that is drawn and the sentence below say the same.
const { across, activation, below, between, describe, short, turned } = window.bandRules;

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

function written(value, by, measured, digits) {
  if (by === "quantiles") return String(Number(below(measured.quantiles, value).toFixed(digits)));
  return short(by === "sd" ? (value - measured.mean) / measured.sd : value, digits);
}

// In activations; an end that is no number is NaN.
const read = ({ field, measured }) => ["low", "high"].map((end) => activation(field(end).value, field("by").value, measured));

function write(seen, band) {
  const { field, measured } = seen;
  const values = Object.values(measured.quantiles);
  const beyond = band[0] < Math.min(...values) || band[1] > Math.max(...values);
  if (field("by").value === "quantiles" && beyond) field("by").value = field("by").dataset.was = "numbers";
  for (const digits of [4, 6, 9]) { // as few as tell the two ends apart
    ["low", "high"].forEach((end, at) => { field(end).value = written(band[at], field("by").value, measured, digits); });
    if (field("low").value !== field("high").value) break;
  }
}

// What the fields hold, as a band on the histogram and in words; ends that are no band get a hint, and none is drawn.
function draw(seen) {
  const { figure, field, knots, measured, ends } = seen;
  const { says, warns, band } = describe(measured, field("low").value, field("high").value, field("by").value);
  figure.querySelector("[data-says]").textContent = says;
  figure.querySelector("[data-warns]").textContent = warns;
  const { x, width } = band ? across(knots, band) : { x: 0, width: 0 };
  for (const part of figure.querySelectorAll(".histogram .asked, .histogram .within")) {
    part.setAttribute("x", x);
    part.setAttribute("width", width);
  }
  figure.querySelector(".histogram .within").setAttribute("viewBox", `${x} 0 ${width} 60`);
  for (const each of figure.querySelectorAll(".stands")) {
    const value = Number(each.dataset.activation);
    each.classList.toggle("inside", Boolean(band) && band[0] <= value && value <= band[1]);
  }
  ends.forEach((end, at) => {
    end.hidden = false;
    if (!band) return;
    end.value = between(turned(knots), band[at]);
    end.setAttribute("aria-valuetext", `${short(band[at])}, quantile ${below(measured.quantiles, band[at]).toFixed(4)}`);
  });
}

// The ends keep apart by the least that a handle moves.
function move(seen, places, moved) {
  const least = 0.1;
  const [low, high] = places.map((place) => Math.min(100, Math.max(0, place)));
  const kept = moved === 0 ? [Math.min(low, high - least), high] : [low, Math.max(high, low + least)];
  const band = kept.map((place) => between(seen.knots, place));
  write(seen, band);
  draw(seen);
  seen.field("low").dispatchEvent(new Event("input", { bubbles: true }));
}

function begin() {
  for (const figure of document.querySelectorAll(".wanted .scale")) {
    const seen = figureOf(figure);
    seen.field("by").dataset.was = seen.field("by").value;
    draw(seen);
  }
}

document.addEventListener("input", (event) => {
  const seen = event.target instanceof Element && figureOf(event.target);
  if (!seen) return;
  if (event.target.matches(".end")) move(seen, seen.ends.map((end) => Number(end.value)), seen.ends.indexOf(event.target));
  else if (event.target.matches("[name=low], [name=high]")) draw(seen);
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
  ["low", "high"].forEach((end, at) => { seen.field(end).value = written(band[at], "quantiles", seen.measured, 4); });
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
  draw(seen);
  seen.field("low").dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("asked-again", begin);
begin();
