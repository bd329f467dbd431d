// Put together: what the page bears, or what its server tells.
async function start(root) {
  const find = (name) => root.querySelector(`[data-${name}]`);
  const inside = document.getElementById("gallery-data");
  const source = JSON.parse(inside ? inside.textContent : root.dataset.source);
  const samples = new Samples(source.neurons);
  const pictures = new Pictures(source, samples), choice = new Choice(samples);
  const told = { samples, pictures, choice, pairs: false };
  if (!source.page) {
    const viewer = new Viewer(told);
    told.open = (row) => viewer.open(row);
  }
  const bands = [...root.querySelectorAll(".band")].map((node) => new Band(node, samples));
  recall(samples, bands, find("sort"), source.sort ?? "index");
  let grid = null;
  const begin = () => {
    if (grid || !samples.count) return;
    const host = find("cells") ?? root.appendChild(element("ul"));
    grid = new Grid(host, told);
    tools(root, find, { source, samples, choice, grid, told });
    grid.measure();
  };
  samples.onChange(begin);
  if (source.columns) {
    if (source.near) near(samples, source.near);
    samples.add(source.columns);
  } else {
    await fetched(samples, source.samples);
    root.addEventListener("more", () => fetched(samples, source.samples));
  }
  restore();
}

// Page by page; where parts of a job are computed side by side, numbers below the highest are missing, and come later.
let under_way = false, again = false;
async function fetched(samples, address) {
  again = under_way;
  if (under_way) return;
  under_way = true;
  try {
    const whole = samples.count && samples.indices[samples.count - 1] === samples.count - 1;
    let after = whole ? samples.count - 1 : -1;
    while (after !== null) {
      const answer = await fetch(`${address}?after=${after}`);
      if (!answer.ok) return;
      const page = await answer.json();
      samples.add(page);
      after = page.next;
    }
  } finally {
    under_way = false;
  }
  if (again) await fetched(samples, address);
}

function near(samples, found) {
  samples.nearest = { ...found, place: new Map(found.on_sheet.map((which, at) => [which, at])) };
}

function tools(root, find, { source, samples, choice, grid, told }) {
  find("tools").hidden = false;
  find("sort").addEventListener("change", ({ target }) => { samples.sort = target.value; samples.arrange(); });
  find("size").addEventListener("input", ({ target }) => grid.resize(Number(target.value)));
  find("near").addEventListener("change", async ({ target }) => {
    if (!samples.nearest) near(samples, await (await fetch(source.near)).json());
    find("start").checked = false;
    grid.pair(target.checked && "near");
  });
  find("start").addEventListener("change", ({ target }) => {
    find("near").checked = false;
    grid.pair(target.checked && "start");
  });
  find("started").hidden = !samples.starts;
  if (samples.starts) grid.pair("start");
  find("chosen-none").addEventListener("click", () => choice.none());
  choice.onChange(() => chosen(find, source, choice));
  const count = () => {
    const [some, all] = [samples.shown.length, samples.count].map((each) => each.toLocaleString("en"));
    find("shown").textContent = some === all ? `${all} samples` : `${some} of ${all} samples`;
  };
  samples.onChange(() => { count(); remember(samples, source.sort ?? "index"); });
  count();
  views(root, find, source, grid, told);
}

function chosen(find, source, choice) {
  const many = choice.rows.size, text = choice.text(), link = find("chosen-download");
  find("chosen").hidden = !many;
  find("chosen-count").textContent = `${many.toLocaleString("en")} chosen`;
  link.hidden = !source.chosen || text.length > MOST;
  if (source.chosen) link.href = source.chosen.replace("#", text);
}

function views(root, find, source, grid, told) {
  const buttons = root.querySelectorAll("[data-view]");
  let plane = null;
  buttons.forEach((button) => button.addEventListener("click", async () => {
    buttons.forEach((each) => { each.ariaPressed = String(each === button); });
    const mapped = button.dataset.view === "map";
    if (mapped && !plane) {
      plane = new Plane(root.appendChild(element("div", { className: "map" })), told);
      plane.take(await placed(source.map, told.samples.indices));
    }
    if (plane) plane.host.hidden = !mapped;
    grid.host.hidden = mapped;
    if (mapped) plane.draw(); else grid.measure();
  }));
  if (!source.map) root.querySelector(".views").hidden = true;
}

// The server tells places of 0 to 1 by samples' numbers; a downloaded page those of all, in thousandths.
async function placed(map, indices) {
  if (typeof map !== "string") {
    return { samples: indices, places: map.across.map((x, at) => [x / 999, map.up[at] / 999]), says: axes(map) };
  }
  const answer = await fetch(map);
  if (!answer.ok) return { samples: [], places: [], says: "There is no map of these samples yet: it is made with the evidence." };
  const found = await answer.json();
  return { ...found, says: axes(found) };
}

function axes({ method, explained }) {
  const share = explained === null ? "" : ` The plane shows ${Math.round(100 * explained)}% of the variance.`;
  return `Samples that are alike in E lie near each other (${method.toUpperCase()}).${share} Point at one to see it; a click opens it.`;
}

// What is sorted and shown stands in the address, so that a link, and the way back, leads to the same.
function remember(samples, usual) {
  const wanted = new URLSearchParams();
  if (samples.sort !== usual) wanted.set("sort", samples.sort);
  samples.ranges.forEach((range, at) => range && wanted.set(`band${at}`, range.map((end) => (Number.isFinite(end) ? end.toPrecision(6) : "")).join("..")));
  const text = wanted.toString();
  history.replaceState(history.state, "", location.pathname + (text ? `?${text}` : "") + location.hash);
}

function recall(samples, bands, sort, usual) {
  const wanted = new URLSearchParams(location.search);
  const by = wanted.get("sort") ?? (wanted.get("order") === "activation" ? "+0" : usual);
  if ([...sort.options].some(({ value }) => value === by)) sort.value = samples.sort = by;
  bands.forEach((band, at) => {
    const [low, high] = (wanted.get(`band${at}`) ?? "..").split("..");
    if (!low && !high) return;
    if (low) band.low.value = band.step(Number(low));
    if (high) band.high.value = band.step(Number(high));
    band.apply();
  });
}

// Where one was before one went to a sample's page.
function restore() {
  history.scrollRestoration = "manual";
  const at = history.state?.scrolled;
  if (at) scrollTo(0, at);
  addEventListener("pagehide", () => history.replaceState({ ...history.state, scrolled: scrollY }, ""));
}

const root = document.getElementById("gallery");
if (root) start(root);
