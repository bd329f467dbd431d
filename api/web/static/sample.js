// Arrows before and after go in the order in which the gallery showed the samples, where one came from there.
function follow() {
  const back = document.querySelector("[data-key=Escape]");
  const ways = [...document.querySelectorAll("[data-way]")];
  let shown = null;
  try {
    shown = JSON.parse(sessionStorage.getItem(`gallery ${back.pathname}`));
  } catch { /* a browser that keeps nothing: the order is that of the numbers */ }
  if (!shown || shown.search !== location.search) return;
  const at = shown.order.indexOf(Number(ways[0].dataset.index));
  if (at < 0) return;
  for (const way of ways) {
    const next = shown.order[at + (way.dataset.way === "ArrowLeft" ? -1 : 1)];
    if (next === undefined) {
      way.setAttribute("aria-disabled", "true");
      way.removeAttribute("href");
      way.removeAttribute("data-key");
    } else {
      way.removeAttribute("aria-disabled");
      way.href = `${back.pathname}/samples/${next}${location.search}`;
      way.dataset.key = way.dataset.way;
    }
  }
}

follow();

// Arrow keys follow the links that bear them. Not Backspace: that is the browser's.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target.closest("input, select, textarea")) return;
  const link = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
  if (!link) return;
  event.preventDefault();
  link.click();
});
