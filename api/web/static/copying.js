// Copies what a button stands over; on a page that is not secure, the old way.
const begin = () => { for (const each of document.querySelectorAll("[data-copy]")) each.hidden = false; };

async function copy(element) {
  const selection = getSelection();
  selection.selectAllChildren(element);
  if (navigator.clipboard) await navigator.clipboard.writeText(element.textContent);
  else document.execCommand("copy");
  selection.removeAllRanges();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy(document.getElementById(button.dataset.copy));
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});
document.addEventListener("code-changed", begin);
begin();
