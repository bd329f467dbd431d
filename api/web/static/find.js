// Suggests neurons below a search field; without a script the field's form does the same on a page of its own.
const root = document.documentElement.dataset.root; // what a proxy puts before every path
const PAUSE = 60; // milliseconds after the last letter
let list, waiting, number = 0;

const input = document.querySelector("[data-suggest]");
for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions" }))
  input.setAttribute(name, value);

function close() {
  list?.remove();
  list = null;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

async function suggest() {
  const mine = ++number;
  const answer = await fetch(`${root}${input.dataset.suggest}?${new URLSearchParams({ search: input.value })}`).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== number || document.activeElement !== input) return;
  close();
  const made = document.adoptNode(page.getElementById("suggestions"));
  if (!made.children.length) return;
  list = made;
  input.form.append(list);
  input.setAttribute("aria-expanded", "true");
}

const marked = () => list?.querySelector("[aria-selected=true]");
const go = (option) => location.assign(`${root}${option.dataset.address}`);

function step(by) {
  const options = [...list.children];
  const at = options.indexOf(marked());
  const next = options[at < 0 ? (by > 0 ? 0 : options.length - 1) : (at + by + options.length) % options.length];
  for (const each of options) each.ariaSelected = String(each === next);
  input.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

input.addEventListener("input", () => {
  clearTimeout(waiting);
  number += 1; // an answer to what was typed before is not shown
  waiting = setTimeout(suggest, PAUSE);
});
input.addEventListener("click", () => { if (!list) suggest(); });
input.addEventListener("blur", () => { clearTimeout(waiting); number += 1; close(); });
input.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && list) { event.preventDefault(); close(); }
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list) step(event.key === "ArrowDown" ? 1 : -1);
    else suggest();
  } else if (event.key === "Enter" && marked()) { event.preventDefault(); go(marked()); }
});
input.form.addEventListener("pointerdown", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && event.button === 0) { event.preventDefault(); go(option); }
});
