// Times in the reader's own zone and words: how long ago something was, or its local date and time.
const DAY = 86_400_000;
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const steps = [["day", DAY], ["h", 3_600_000], ["min", 60_000]];

function ago(moment) {
  const age = Date.now() - moment;
  if (age > 7 * DAY) return new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(moment);
  const [unit, length] = steps.find(([, each]) => age >= each) ?? [];
  if (!unit) return "just now";
  const count = Math.floor(age / length);
  return `${count} ${unit}${unit === "day" && count > 1 ? "s" : ""} ago`;
}

function show() {
  for (const each of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(each.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const text = "ago" in each.dataset ? ago(moment) : local.format(moment);
    if (each.textContent !== text) each.textContent = text;
    each.title = local.format(moment);
  }
}

show();
setInterval(show, 30_000);
new MutationObserver((changes) => { if (changes.some((each) => each.addedNodes.length)) show(); }).observe(document.body, { childList: true, subtree: true });
