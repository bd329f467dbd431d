// Counts running jobs in the title, and says when one has ended: in the title, and as a notification if the reader allows it.
const root = document.documentElement.dataset.root; // what a proxy puts before every path
const title = document.title;
const WORDS = { succeeded: "is ready", failed: "has failed", canceled: "was stopped" };
let before = running();
let ended = 0;

function running() {
  return new Map([...document.querySelectorAll("[data-job]")].map((each) => [each.dataset.job, each.dataset.title]));
}

function entitle() {
  const count = document.querySelectorAll("[data-job]").length;
  const words = [ended && `✓ ${ended} ready`, count && `${count} running`].filter(Boolean).join(", ");
  document.title = words ? `(${words}) ${title}` : title;
}

async function tell(id, name) {
  const answer = await fetch(`${root}/v1/jobs/${id}`).catch(() => null);
  if (!answer?.ok) return;
  const word = WORDS[(await answer.json()).state];
  if (!word) return;
  if (document.hidden) ended += 1;
  entitle();
  document.dispatchEvent(new CustomEvent("job-ended"));
  if (window.Notification?.permission !== "granted") return;
  const shown = new Notification(`${name} ${word}`, { tag: id, icon: `${root}/static/icon.svg` });
  shown.onclick = () => { window.focus(); location.assign(`${root}/jobs/${id}`); };
}

function look() {
  const now = running();
  for (const [id, name] of before) if (!now.has(id)) tell(id, name);
  before = now;
  entitle();
  offer();
}

function offer() {
  for (const each of document.querySelectorAll("[data-notify]")) each.hidden = window.Notification?.permission !== "default";
}

document.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-notify]")) return;
  await Notification.requestPermission();
  offer();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) { ended = 0; entitle(); } });
const watched = document.querySelector("#running, #queue");
if (watched) new MutationObserver(look).observe(watched.parentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-job"] });
look();
// The home page shows the new gallery at once.
document.addEventListener("job-ended", () => {
  if (document.querySelector("#listed")) htmx.ajax("GET", `${root}/`, { target: "#listed", select: "#listed", swap: "outerMorph" });
});
