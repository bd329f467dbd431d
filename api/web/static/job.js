// A job that runs: each change that the server tells has the part of the page that says how far it is fetched again.
const gallery = document.getElementById("gallery");
const root = document.documentElement.dataset.root; // what a proxy puts before every path
const title = document.title;
const PAUSE = 700; // milliseconds between two looks, however fast samples come

if (gallery?.dataset.live) follow(gallery.dataset.live);

function follow(here) {
  const stream = new EventSource(`${root}/v1${here}/events`);
  let waiting = null;
  count();
  stream.addEventListener("job", () => {
    waiting ??= setTimeout(() => { waiting = null; look(here); }, PAUSE);
  });
  stream.addEventListener("end", () => {
    stream.close();
    clearTimeout(waiting);
    finish();
  });
}

async function look(here) {
  await htmx.ajax("GET", `${root}${here}/live`, { target: "#live", swap: "outerMorph" });
  count();
  gallery.dispatchEvent(new CustomEvent("more"));
}

// The title says how far the job is, for a reader who is in another tab.
function count() {
  const progress = document.querySelector("#live progress");
  document.title = progress ? `(${progress.value} of ${progress.max}) ${title}` : title;
}

// The rest of the page is another one now: what was measured, and other things to do. The gallery stays as it is.
async function finish() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer) return; // no connection: what was shown stays
  if (!answer.ok) return location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.getElementById("gallery")) return location.reload(); // it ended without an image
  for (const part of ["#live", "#said", "#kinds-of-image", ".acts", "#rest"]) document.querySelector(part)?.replaceWith(page.querySelector(part));
  document.title = document.hidden ? `(ready) ${page.title}` : page.title;
  gallery.parentElement.className = page.getElementById("gallery").parentElement.className;
  gallery.querySelector("[data-beside]").hidden = page.querySelector("[data-beside]").hidden;
  gallery.dispatchEvent(new CustomEvent("more"));
}
