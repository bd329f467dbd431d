// Suggests neurons while one types: by label or number, out of all of a model's, however many there are.
let list, input, waiting, asked = 0;
let answered = null; // the text that the list answers; null: it answers none
const model = () => document.querySelector("[name=model]").value;

function close() {
  list?.remove();
  input?.setAttribute("aria-expanded", "false");
  input?.removeAttribute("aria-activedescendant");
  list = null;
}

function choose(option) {
  const chosen = input;
  chosen.value = option.dataset.neuron;
  close();
  chosen.dataset.asked = chosen.value;
  chosen.dispatchEvent(new Event("input", { bubbles: true }));
  chosen.dispatchEvent(new CustomEvent("neuron-chosen", { bubbles: true }));
}

function shown(item, number) {
  const option = document.createElement("li");
  option.id = `option-of-neurons-${number}`;
  option.role = "option";
  option.dataset.neuron = item.neuron;
  const name = document.createElement("span");
  name.textContent = item.neuron;
  const about = document.createElement("small");
  const ends = item.measured?.quantiles;
  about.textContent = ends ? `${Number(ends["0"].toPrecision(3))} to ${Number(ends["1"].toPrecision(3))}` : "not measured";
  option.append(name, about);
  option.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(option); });
  return option;
}

async function suggest(whole = false) {
  const number = ++asked;
  const layer = document.querySelector("#layer")?.value;
  const text = input.value;
  const fields = new URLSearchParams({ limit: 12, search: whole ? "" : text, ...(layer ? { layer } : {}) });
  const answer = await fetch(`${document.documentElement.dataset.root}/v1/models/${encodeURIComponent(model())}/neurons?${fields}`).catch(() => null);
  if (!answer?.ok || number !== asked || document.activeElement !== input) return;
  const items = (await answer.json()).items;
  if (number !== asked || document.activeElement !== input) return;
  close();
  if (!items.length) return;
  answered = whole ? null : text;
  list = document.createElement("ul");
  list.id = "suggested";
  list.role = "listbox";
  list.className = "suggested";
  list.setAttribute("aria-label", "Neurons");
  list.append(...items.map(shown));
  input.after(list);
  input.setAttribute("aria-expanded", "true");
}

function step(by) {
  const options = [...list.children];
  const at = options.findIndex((each) => each.ariaSelected === "true");
  const next = options[(at + by + options.length + (at < 0 && by < 0 ? 1 : 0)) % options.length];
  options.forEach((each) => { each.ariaSelected = String(each === next); });
  input.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

// Further typing drops the marked suggestion.
function unmark() {
  list?.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  input.removeAttribute("aria-activedescendant");
}

// What Enter takes: the option that is marked, or the one whose name was typed, or the only answer to what was typed; else the text itself.
function meant() {
  const options = [...(list?.children ?? [])];
  const typed = input.value.trim();
  return options.find((each) => each.ariaSelected === "true")
    ?? options.find((each) => each.dataset.neuron === typed)
    ?? (options.length === 1 && answered === input.value && typed ? options[0] : null);
}

function settle() {
  const typed = input?.value;
  close();
  if (input && typed !== input.dataset.asked) {
    input.dataset.asked = typed;
    input.dispatchEvent(new CustomEvent("neuron-chosen", { bubbles: true }));
  }
}

function begin() {
  for (const each of document.querySelectorAll("[data-neuron][name=neuron]")) {
    each.removeAttribute("list");
    each.dataset.asked = each.value;
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggested" }))
      each.setAttribute(name, value);
  }
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[name=neuron]")) { input = event.target; input.select(); }
});
document.addEventListener("click", (event) => {
  if (event.target.matches("[name=neuron]") && !list) { input = event.target; suggest(true); }
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("[name=neuron]") || event.target !== document.activeElement) return;
  input = event.target;
  unmark();
  clearTimeout(waiting);
  waiting = setTimeout(suggest, 120);
});
document.addEventListener("focusout", (event) => {
  if (event.target === input) { clearTimeout(waiting); asked += 1; settle(); }
});
document.addEventListener("keydown", (event) => {
  if (event.target !== input) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list) step(event.key === "ArrowDown" ? 1 : -1);
    else suggest(true);
  } else if (event.key === "Escape") close();
  else if (event.key === "Enter") {
    event.preventDefault();
    clearTimeout(waiting);
    const option = meant();
    if (option) choose(option);
    else settle();
  }
});
document.addEventListener("asked-again", begin);
begin();
