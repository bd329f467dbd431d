const MOST_IN_ORDER = 50000; // samples whose order a sample's page is told

// Put together: what the page bears, or what its server tells.
async function start(root) {
  const find = (name) => root.querySelector(`[data-${name}]`);
  const inside = document.getElementById("gallery-data");
  const source = JSON.parse(inside ? inside.textContent : root.dataset.source);
  const samples = new Samples(source.neurons);
  const pictures = new Pictures(source, samples), choice = new Choice(samples);
  const shared = { samples, pictures, choice, pairs: false };
  shared.source = source;
  shared.nearest = () => find("beside").hidden || nearest(samples, source);
  const viewer = new Viewer(shared), kinds = new Kinds(root, source.kinds, samples);
  shared.open = (row) => viewer.open(row);
  const bands = [...root.querySelectorAll(".band")].map((node) => new Band(node, samples));
  const usual = { sort: source.sort ?? "index", view: "grid", size: find("size").value };
  const view = { view: usual.view, size: usual.size };
  recall(samples, bands, find, usual, view);
  shared.remember = () => remember(samples, kinds, usual, view);
  const kind = new URLSearchParams(location.search).get("kind");
  samples.onChange(shared.remember); // before the grid, whose links bear what is remembered
  let grid = null;
  const begin = () => {
    if (grid || !samples.count) return;
    const host = find("cells") ?? root.appendChild(element("ul"));
    grid = new Grid(host, shared);
    viewer.left = (row) => grid.go(samples.shown.indexOf(row));
    tools(root, find, { source, samples, choice, grid, shared, view });
    grid.resize(Number(view.size));
  };
  samples.onChange(begin);
  if (source.columns) {
    samples.add(source.columns);
  } else {
    await fetched(samples, source.samples);
    root.addEventListener("more", () => fetched(samples, source.samples));
  }
  if (kind !== null) await kinds.pick(kind);
  restore(samples);
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
      const answer = await fetch(`${address}?after=${after}`).catch(() => null);
      if (!answer?.ok) return;
      const page = await answer.json();
      samples.add(page);
      after = page.next;
    }
  } finally {
    under_way = false;
  }
  if (again) await fetched(samples, address);
}

// The natural image nearest to each sample, as the page bears it or its server tells it, once; nothing where it was not measured.
async function nearest(samples, source) {
  if (samples.nearest) return;
  const found = typeof source.near === "string" ? await (await fetch(source.near).catch(() => null))?.json() : source.near;
  if (found?.numbers) samples.nearest = { ...found, place: new Map(found.on_sheet.map((which, at) => [which, at])) };
}

function tools(root, find, { source, samples, choice, grid, shared, view }) {
  find("tools").hidden = false;
  find("sort").addEventListener("change", ({ target }) => { samples.sort = target.value; samples.arrange(); });
  find("size").addEventListener("input", ({ target }) => {
    view.size = target.value;
    shared.remember();
    grid.resize(Number(target.value));
  });
  find("near").addEventListener("change", async ({ target }) => {
    await shared.nearest();
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
    find("shown").textContent = some === all ? `${all} images` : `${some} of ${all} images`;
  };
  samples.onChange(count);
  count();
  views(root, find, source, grid, shared, view);
}

function chosen(find, source, choice) {
  const many = choice.rows.size, text = choice.text(), link = find("chosen-download");
  find("chosen").hidden = !many;
  find("chosen-count").textContent = `${many.toLocaleString("en")} chosen`;
  link.hidden = !source.chosen || text.length > MOST;
  if (source.chosen) link.href = source.chosen.replace("#", text);
}

function views(root, find, source, grid, shared, view) {
  const buttons = root.querySelectorAll("[data-view]");
  let plane = null;
  async function show(button) {
    buttons.forEach((each) => { each.ariaPressed = String(each === button); });
    view.view = button.dataset.view;
    shared.remember();
    const mapped = view.view === "map";
    if (mapped && !plane) {
      plane = new Plane(root.appendChild(element("div", { className: "map" })), shared);
      await shared.nearest();
      plane.take(await placed(source.map, shared.samples.indices));
    }
    if (plane) plane.host.hidden = !mapped;
    grid.host.hidden = mapped;
    if (mapped) plane.draw(); else grid.measure();
  }
  buttons.forEach((button) => button.addEventListener("click", () => show(button)));
  if (!source.map) root.querySelector(".views").hidden = true;
  else if (view.view === "map") show([...buttons].find((each) => each.dataset.view === "map"));
}

// Places of 0 to 1: the server tells them by samples' numbers, a downloaded page, in thousandths, in the order of its samples.
async function placed(map, indices) {
  if (typeof map !== "string") {
    const { across, up } = map.places;
    return { ...map, samples: indices, places: across.map((x, at) => [x / 1000, up[at] / 1000]), says: axes(map) };
  }
  const answer = await fetch(map).catch(() => null);
  if (!answer?.ok) return { samples: [], places: [], naturals: [], natural_places: [], says: "The map appears once all images are made." };
  const found = await answer.json();
  return { ...found, says: axes(found) };
}

function axes({ method, explained, naturals }) {
  const share = explained === null ? "" : `, which shows ${Math.round(100 * explained)}% of the variance`;
  const framed = naturals.length ? " Natural images have a frame." : "";
  return `Similar images are near each other (${method.toUpperCase()}${share}).${framed} Point at an image to see it, click to open it.`;
}

// What is sorted and shown, and how, stands in the address, so that a link, and the way back, leads to the same.
function remember(samples, kinds, usual, view) {
  const query = new URLSearchParams();
  if (samples.sort !== usual.sort) query.set("sort", samples.sort);
  samples.ranges.forEach((range, at) => range && query.set(`band${at}`, range.map((end) => (Number.isFinite(end) ? end.toPrecision(6) : "")).join("..")));
  if (kinds.picked !== null) query.set("kind", kinds.picked);
  for (const name of ["view", "size"]) if (view[name] !== usual[name]) query.set(name, view[name]);
  const text = query.toString();
  history.replaceState(history.state, "", location.pathname + (text ? `?${text}` : "") + location.hash);
}

function recall(samples, bands, find, usual, view) {
  const query = new URLSearchParams(location.search), sort = find("sort"), size = find("size");
  const by = query.get("sort") ?? (query.get("order") === "activation" ? "+0" : usual.sort);
  if ([...sort.options].some(({ value }) => value === by)) sort.value = samples.sort = by;
  if (query.get("view") === "map") view.view = "map";
  if (query.get("size")) view.size = size.value = query.get("size"); // a size that is none becomes the nearest
  view.size = size.value;
  bands.forEach((band, at) => {
    const [low, high] = (query.get(`band${at}`) ?? "..").split("..");
    if (!low && !high) return;
    if (low) band.low.value = band.step(Number(low));
    if (high) band.high.value = band.step(Number(high));
    band.apply();
  });
}

// Where one was before one went to a sample's page: by the browser's way back, or by the link on that page. A sample's page
// is told in which order samples are shown, so that its arrows follow it.
function restore(samples) {
  history.scrollRestoration = "manual";
  const key = `gallery ${location.pathname}`;
  const fromSample = document.referrer.startsWith(`${location.origin}${location.pathname}/samples/`);
  let at = history.state?.scrolled;
  try {
    if (!at && fromSample) at = JSON.parse(sessionStorage.getItem(key))?.scrolled;
  } catch { /* a browser that stores nothing, or a text that is not ours */ }
  if (at) scrollTo(0, at);
  addEventListener("pagehide", () => {
    history.replaceState({ ...history.state, scrolled: scrollY }, "");
    const order = Array.from(samples.shown.subarray(0, MOST_IN_ORDER), (row) => samples.indices[row]);
    try {
      sessionStorage.setItem(key, JSON.stringify({ scrolled: scrollY, search: location.search, order }));
    } catch { /* likewise: then arrows go by numbers */ }
  });
}

const root = document.getElementById("gallery");
if (root) start(root);
