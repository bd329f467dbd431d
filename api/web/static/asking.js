// The form of a new job: filled in again by the server where a choice changes what there is to fill in.
const root = document.documentElement.dataset.root; // what a proxy puts before every path
const form = () => document.getElementById("ask");
const query = (changes = {}) => {
  const fields = new URLSearchParams(new FormData(form()));
  for (const [name, value] of Object.entries(changes)) fields.set(name, value);
  return fields;
};
let asked = 0;

async function piece(path, fields, id) {
  const answer = await fetch(`${root}${path}?${fields}`, { headers: { Accept: "text/html" } }).catch(() => null); // the form stays as it is
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id) : null;
}

async function again(changes = {}) {
  const number = ++asked;
  const open = form().querySelector("details")?.open;
  const made = await piece("/new", query(changes), "ask");
  if (!made || number !== asked) return;
  const focused = document.activeElement?.id;
  form().replaceWith(document.adoptNode(made));
  const more = form().querySelector("details");
  if (more && open) more.open = true;
  if (focused) document.getElementById(focused)?.focus();
  document.dispatchEvent(new CustomEvent("asked-again"));
  code();
}

let waiting;
function code() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const made = await piece("/new/code", query(), "code");
    if (made) document.getElementById("code").replaceWith(document.adoptNode(made));
    document.dispatchEvent(new CustomEvent("code-changed"));
  }, 200);
}

document.addEventListener("input", (event) => {
  if (event.target.form?.id === "ask") code();
});
document.addEventListener("change", (event) => {
  if (event.target.id === "model") location.assign(`${root}/new?model=${encodeURIComponent(event.target.value)}`);
  else if (event.target.matches("#ask [data-again]")) again();
});
document.addEventListener("neuron-chosen", () => again());
document.addEventListener("click", (event) => {
  const button = event.target.closest("#ask button[name=do]");
  if (!button) return;
  event.preventDefault();
  again({ do: button.value });
});
document.addEventListener("submit", (event) => {
  if (event.target.id === "ask") setTimeout(() => { document.getElementById("go").disabled = true; });
});
addEventListener("pageshow", () => { document.querySelector("#go:not([data-closed])")?.removeAttribute("disabled"); });
document.documentElement.classList.add("scripted");
