// Images are dropped on the page and sent from there; the answer is a piece of the page that the server makes. Thumbnails never leave the browser.
const form = document.getElementById("images");
const [drop, files, numbers, button] = [form.querySelector(".drop"), form.elements.image, form.elements.reference, form.querySelector("button")];
const KINDS = ["image/png", "image/jpeg", "image/webp"], LOOK = 500; // milliseconds between two looks at the answer
const REFERENCE = /references\/(\d+)\.webp/;
const place = () => document.getElementById("tried");
let asked = 0, pictures = []; // addresses of what was sent, in order

function say(text, wrong = false) {
  const line = document.createElement("p");
  line.textContent = text;
  if (wrong) { line.className = "complaint"; line.setAttribute("role", "alert"); }
  place().replaceChildren(line);
}

function wrongWith(chosen, references) {
  const { most, bytes } = form.dataset, count = chosen.length + references.length;
  if (!count) return "Choose an image first.";
  const unknown = references.find((each) => !/^\d+$/.test(each));
  if (unknown) return `“${unknown}” is not the number of a natural image.`;
  if (count > Number(most)) return `These are ${count} images; send at most ${most} at once.`;
  const odd = chosen.find((each) => each.type && !KINDS.includes(each.type));
  if (odd) return `${odd.name} is no PNG, JPEG or WebP image.`;
  const large = chosen.find((each) => each.size > Number(bytes));
  return large ? `${large.name} has ${(large.size / 1e6).toFixed(1)} MB; an image may have ${Number(bytes) / 1e6} MB.` : null;
}

// The reader sees each image as the network does: the middle of it. Natural images are on the page already, or at a known address.
function picture(at) {
  const image = document.createElement("img");
  image.alt = "";
  image.src = pictures[at];
  image.addEventListener("error", () => image.remove());
  return image;
}

function paint() {
  for (const thumb of place().querySelectorAll("[data-thumb]")) {
    const at = Number(thumb.dataset.thumb);
    if (!pictures[at]) continue;
    const number = document.createElement("b");
    number.textContent = thumb.textContent;
    thumb.replaceChildren(picture(at), number);
  }
  for (const pin of place().querySelectorAll("[data-pin]")) {
    const address = pictures[Number(pin.dataset.pin)];
    if (!address) continue;
    const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
    for (const [name, value] of Object.entries({ href: address, x: -16, y: 6, width: 32, height: 32, preserveAspectRatio: "xMidYMid slice" })) image.setAttribute(name, value);
    image.addEventListener("load", () => { for (const each of pin.querySelectorAll("circle, text")) each.remove(); });
    image.addEventListener("error", () => image.remove());
    pin.append(image);
  }
}

async function page(answer) {
  const made = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("tried");
  if (!made) throw new Error(answer.status === 413 ? "The images are too large to be sent at once." : `The images could not be tried (${answer.status}).`);
  place().replaceWith(document.adoptNode(made));
}

async function send(chosen, references) {
  const wrong = wrongWith(chosen, references);
  if (wrong) return say(wrong, true);
  const number = ++asked, body = new FormData(), options = { headers: { Accept: "text/html" } };
  for (const each of chosen) body.append("image", each);
  for (const each of references) body.append("reference", each);
  pictures.filter((each) => each?.startsWith("blob:")).forEach((each) => URL.revokeObjectURL(each));
  pictures = [...chosen.map((each) => URL.createObjectURL(each)), ...references.map(address)];
  button.disabled = true;
  say("Sending…");
  try {
    let answer = await fetch(form.action, { ...options, method: "POST", body });
    for (;;) {
      if (number !== asked) return;
      await page(answer);
      if (!("waits" in place().dataset)) break;
      await new Promise((done) => setTimeout(done, LOOK));
      answer = await fetch(answer.url, options);
    }
    paint();
  } catch (failed) {
    if (number === asked) say(failed.message, true);
  } finally {
    if (number === asked) button.disabled = false;
  }
}

// The address of a natural image that the page shows; others have none.
const address = (number) => [...document.querySelectorAll(".bins img")].find((each) => REFERENCE.exec(each.src)?.[1] === number)?.src;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = numbers.value.split(/[\s,]+/).filter(Boolean);
  send([...files.files], typed);
});
files.addEventListener("change", () => { if (files.files.length) send([...files.files], []); });
for (const kind of ["dragenter", "dragover"]) form.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => drop.classList.remove("over"));
form.addEventListener("drop", (event) => {
  event.preventDefault();
  const dragged = REFERENCE.exec(event.dataTransfer.getData("text/uri-list")); // a natural image of the page
  send(dragged ? [] : [...event.dataTransfer.files], dragged ? [dragged[1]] : []);
});
// Beside the place to drop, a browser would leave the page and show the file.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
