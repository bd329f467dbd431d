// The kinds of image as filters of the gallery: the heading of each becomes a button.
class Kinds {
  constructor(root, source, samples) {
    Object.assign(this, { root, source, samples });
    this.picked = null;
    root.addEventListener("more", () => this.prepare());
    this.prepare();
  }

  prepare() {
    this.buttons = [...document.querySelectorAll("[data-kind]")].map((heading) => heading.firstElementChild.tagName === "BUTTON" ? heading.firstElementChild : this.button(heading));
  }

  button(heading) {
    const made = element("button", { type: "button", ariaPressed: "false" }, ...heading.childNodes);
    made.addEventListener("click", () => this.pick(made.ariaPressed === "true" ? null : heading.dataset.kind));
    heading.append(made);
    return made;
  }

  // Shows the samples of one kind; null: of all.
  async pick(kind) {
    const all = await this.members();
    this.picked = kind !== null && all[kind] ? kind : null;
    this.samples.kind = this.picked === null ? null : new Set(Samples.numbers(all[this.picked]));
    for (const each of this.buttons) each.ariaPressed = String(each.parentElement.dataset.kind === this.picked);
    this.samples.arrange();
  }

  async members() {
    if (typeof this.source !== "string") return this.source ?? [];
    const answer = await fetch(this.source).catch(() => null);
    return answer?.ok ? (this.source = await answer.json()) : [];
  }
}
