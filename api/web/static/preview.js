// Eight images of the band that is chosen, made by themselves once the form rests: an ordinary job, before the others of its owner, and
// gone when another one is looked at.
const COUNT = 8, REST = 1200; // images; milliseconds without a change
const root = document.documentElement.dataset.root; // what a proxy puts before every path
const section = document.getElementById("preview");
const [button, eight, says] = [section.querySelector("button"), section.querySelector("ul"), section.querySelector("[role=status]")];
const closed = button.disabled; // the service takes no jobs, or is paused
let job = null, asked = 0, seen = null, resting;

const forget = () => {
  if (job) fetch(`${root}/v1/jobs/${job}`, { method: "DELETE", keepalive: true });
  job = null;
};

function body() {
  const whole = JSON.parse(document.getElementById("code").dataset.body);
  const { webhook, budget, ...rest } = whole;
  return { ...rest, n: COUNT, preview: true, priority: 100, retention_days: 1, visibility: "private", budget: { seconds: 30 } };
}

async function json(path, options = {}) {
  const answer = await fetch(path, options);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.detail ?? answer.statusText);
  return content;
}

function show(samples) {
  eight.replaceChildren(...Array.from({ length: COUNT }, (_, at) => {
    const item = document.createElement("li");
    const sample = samples[at];
    if (!sample) return item;
    const image = document.createElement("img");
    image.className = "picture";
    image.src = sample.links.thumbnail ?? sample.links.image;
    const value = Object.entries(sample.activations).map(([name, each]) => `${name} ${Number(each.toPrecision(4))}`).join(", ");
    image.alt = `image ${sample.index}: ${value}`;
    image.title = value;
    item.append(image);
    return item;
  }));
}

function waiting(queue) {
  if (queue?.reason === "paused") return "The service is paused: the preview starts once an admin resumes it.";
  if (queue?.reason === "no worker") return "No worker is running: the preview starts once one does.";
  const ahead = queue?.ahead ?? 0;
  return ahead === 1 ? "Waiting: one job is ahead." : `Waiting: ${queue?.about ? "about " : ""}${ahead} jobs are ahead.`;
}

function ended(answer) {
  const reason = answer.outcome?.reason;
  if (answer.error) return answer.error;
  if (answer.progress.accepted === COUNT) return `${COUNT} images after ${answer.progress.seconds.toFixed(1)} seconds of sampling.`;
  return `${answer.progress.accepted} of ${COUNT} images${reason ? `: ${reason}` : ""}.`;
}

async function look() {
  const number = ++asked;
  clearTimeout(resting);
  seen = document.getElementById("code").dataset.body;
  forget();
  button.disabled = true;
  show([]);
  says.textContent = "Sampling…";
  try {
    let answer = await json(`${root}/v1/jobs`, { method: "POST", headers: { "Content-Type": "application/json", Prefer: "wait=1" }, body: JSON.stringify(body()) });
    job = answer.id;
    for (;;) {
      const { items } = await json(`${root}/v1/jobs/${answer.id}/samples?limit=${COUNT}&order=activation`);
      if (number !== asked) return;
      show(items);
      if (["succeeded", "failed", "canceled"].includes(answer.state)) break;
      if (answer.state === "queued") says.textContent = waiting(answer.queue);
      answer = await json(`${root}/v1/jobs/${answer.id}`, { headers: { Prefer: "wait=1" } });
    }
    says.textContent = ended(answer);
  } catch (wrong) {
    says.textContent = wrong.message;
  } finally {
    button.disabled = false;
  }
}

// Not for a band that no natural image reaches, which would take long and most likely show nothing: a click looks all the same.
function soon() {
  clearTimeout(resting);
  if (closed) return;
  const code = document.getElementById("code"), beyond = [...document.querySelectorAll("[data-warns]")].some((each) => each.textContent);
  if ("lacks" in code.dataset) says.textContent = "Complete the form to see a preview.";
  else if (beyond) says.textContent = "No automatic preview: no natural image reaches this band.";
  else if (code.dataset.body !== seen) resting = setTimeout(look, REST);
}

button.addEventListener("click", look);
addEventListener("pagehide", () => { clearTimeout(resting); forget(); show([]); });
document.addEventListener("code-changed", soon);
section.hidden = false;
show([]);
soon();
