/**
 * Shows a person why an edit was not saved, and lets them decide: the server's state beside their
 * own changes, which they can still edit. Closing it decides nothing and loses nothing; opened
 * again, it shows what had been typed.
 *
 * @module conflict-dialog
 */

import { el, say } from "./dom.js";
import { ago } from "./messages.js";
import { FIELDS, control, fill } from "./task-form.js";

/** @typedef {import("./occ-client.js").OptimisticClient} OptimisticClient */
/** @typedef {import("./occ-client.js").PendingEdit} PendingEdit */
/** @typedef {import("./occ-client.js").Conflict} Conflict */
/** @typedef {import("./occ-client.js").Entity} Entity */
/** @typedef {import("./occ-client.js").Change} Change */
/** @typedef {import("./messages.js").Messages} Messages */
/** @typedef {import("./task-form.js").Control} Control */

/** What distinguishes the kinds of change without colour. */
const SIGNS = { both: "⚠", mine: "✎", theirs: "↓", same: "=" };

export class ConflictDialog {
  /** What was typed into the dialog before it was closed undecided. @type {WeakMap<Conflict, Record<string, string>>} */ #typed =
    new WeakMap();
  /** @type {PendingEdit | null} */ #edit = null;
  /** @type {Conflict | null} */ #shown = null;
  /** @type {Map<string, {input: Control, unchanged: string}>} */ #inputs = new Map();
  #closed = () => {};

  /** @param {OptimisticClient} client @param {Messages} messages @param {string} language */
  constructor(client, messages, language) {
    this.client = client;
    this.messages = messages;
    this.language = language;
    this.element = el("dialog", {
      class: "conflict",
      testid: "conflict-dialog",
      "aria-labelledby": "conflict-title",
      "aria-describedby": "conflict-text",
      on: { close: () => this.#whenClosed() },
    });
    document.body.append(this.element);
  }

  /**
   * Shows the edit's conflict. While another one is open this does nothing: that one's card keeps
   * offering the review, and nobody is pulled away in the middle of a decision.
   * @param {PendingEdit} edit CONFLICTED @param {() => void} closed called once it is closed, decided or not
   */
  open(edit, closed) {
    if (this.element.open && this.#edit !== edit) return;
    const again = this.element.open;
    this.#edit = edit;
    this.#closed = closed;
    this.#render(/** @type {Conflict} */ (edit.conflict), again);
    if (!again) this.element.showModal();
    const first =
      this.element.querySelector(".both [name], .mine [name]") ??
      this.element.querySelector("button.primary, .copy, [name]");
    first?.focus();
  }

  /** @param {Conflict} conflict @param {boolean} again it moved again while the person was deciding */
  #render(conflict, again) {
    const { messages } = this;
    const edit = /** @type {PendingEdit} */ (this.#edit);
    this.#shown = conflict;
    this.#inputs.clear();
    this.error = el("p", { class: "error", role: "alert" });
    this.element.replaceChildren(
      el(
        "form",
        { method: "dialog", on: { submit: (/** @type {Event} */ event) => this.#apply(event) } },
        el(
          "header",
          {},
          el("h2", { id: "conflict-title", text: messages.conflict.title }),
          el("button", {
            type: "button",
            class: "later",
            testid: "conflict-later",
            "aria-label": messages.conflict.later,
            title: messages.conflict.later,
            text: "×",
            on: { click: () => this.element.close() },
          }),
        ),
        el("div", { id: "conflict-text", class: "lead" }, ...this.#lead(edit, conflict, again)),
        this.#fields(edit, conflict),
        el(
          "footer",
          {},
          this.error,
          this.#applyButton(conflict),
          this.#discardButton(),
          conflict.current ? null : this.#copyButton(),
        ),
      ),
    );
  }

  /** @param {PendingEdit} edit @param {Conflict} conflict @param {boolean} again @returns {HTMLElement[]} */
  #lead(edit, { current }, again) {
    const { messages, language } = this;
    if (!current) return [el("p", { text: messages.conflict.deleted })];
    const who = current.updatedBy || messages.nobody;
    const texts = [
      again ? messages.conflict.movedAgain : "",
      messages.conflict.changed(who, ago(current.updatedAt, language, messages)),
      edit.kind === "remove" ? messages.conflict.removing(who) : messages.conflict.merged,
    ];
    return texts.filter((text) => text !== "").map((text) => el("p", { text }));
  }

  /** @param {PendingEdit} edit @param {Conflict} conflict @returns {HTMLElement} */
  #fields(edit, conflict) {
    // Of a deleted task only the person's own words are worth showing.
    const fields = conflict.current ? FIELDS : FIELDS.filter((field) => Object.hasOwn(edit.patch, field));
    const single = !conflict.current || edit.kind === "remove";
    return el(
      "div",
      { class: single ? "fields single" : "fields" },
      ...fields.map((field) => this.#row(field, edit, conflict)),
    );
  }

  /** @param {typeof FIELDS[number]} field @param {PendingEdit} edit @param {Conflict} conflict @returns {HTMLElement} */
  #row(field, edit, conflict) {
    const { messages } = this;
    const { current, changes } = conflict;
    const change = changes.find((each) => each.field === field);
    const labelId = `conflict-${field}`;
    return el(
      "section",
      {
        class: `field ${change?.kind ?? "untouched"}`,
        testid: `conflict-field-${field}`,
        "data-kind": change?.kind ?? "untouched",
        role: "group",
        "aria-labelledby": labelId,
      },
      el(
        "h3",
        { id: labelId },
        el("span", { text: messages.fields[field] }),
        change
          ? el(
              "span",
              { class: "mark" },
              el("span", { "aria-hidden": "true", text: SIGNS[change.kind] }),
              ` ${messages.conflict.marks[change.kind]}`,
            )
          : null,
      ),
      current ? this.#theirs(field, current) : null,
      edit.kind === "remove" ? null : this.#mine(field, edit, conflict, change),
      change && change.kind !== "mine"
        ? el(
            "p",
            { class: "before" },
            `${messages.conflict.before} `,
            el("span", { text: this.#shownValue(field, change.base) || "—" }),
          )
        : null,
    );
  }

  /** @param {string} field @param {Entity} current @returns {HTMLElement} */
  #theirs(field, current) {
    const value = el("div", {
      class: "theirs",
      testid: `theirs-${field}`,
      "data-value": current[field] ?? "",
      text: this.#shownValue(field, current[field]),
    });
    return el(
      "div",
      { class: "side" },
      el("span", { class: "caption", text: this.messages.conflict.server }),
      value,
    );
  }

  /** @param {string} field @param {PendingEdit} edit @param {Conflict} conflict @param {Change | undefined} change @returns {HTMLElement} */
  #mine(field, edit, conflict, change) {
    const { messages } = this;
    const { current } = conflict;
    const input = control(field, messages, `mine-${field}`);
    const unchanged = fill(input, current?.[field]);
    const proposed =
      change && change.kind !== "theirs" ? change.mine : current ? current[field] : edit.patch[field];
    fill(input, this.#typed.get(conflict)?.[field] ?? proposed);
    this.#inputs.set(field, { input, unchanged });
    if (!current) input.toggleAttribute(field === "status" ? "disabled" : "readonly", true);
    const take = el("button", {
      type: "button",
      class: "take",
      text: messages.conflict.takeTheirs,
      "aria-label": `${messages.conflict.takeTheirs}: ${messages.fields[/** @type {"title"} */ (field)]}`,
      on: { click: () => (fill(input, current?.[field]), input.focus()) },
    });
    return el(
      "div",
      { class: "side" },
      el(
        "div",
        { class: "caption" },
        el("label", { for: input.id, text: messages.conflict.mine }),
        change?.kind === "both" ? take : null,
      ),
      input,
    );
  }

  /** @param {Conflict} conflict */
  #applyButton({ current }) {
    const text = this.messages.conflict.apply;
    return current
      ? el("button", { type: "submit", class: "primary", testid: "conflict-apply", text })
      : null;
  }

  #discardButton() {
    const discard = () => {
      this.client.discard(/** @type {PendingEdit} */ (this.#edit));
      this.element.close();
    };
    return el("button", {
      type: "button",
      testid: "conflict-discard",
      text: this.messages.conflict.discard,
      on: { click: discard },
    });
  }

  #copyButton() {
    const { messages } = this;
    const copy = async () => {
      const text = [...this.#inputs.values()]
        .map(({ input }) => input.value)
        .filter((value) => value !== "")
        .join("\n");
      await navigator.clipboard.writeText(text);
      say(button, messages.conflict.copied);
    };
    const button = el("button", {
      type: "button",
      class: "copy",
      testid: "conflict-copy",
      text: messages.conflict.copy,
      on: { click: copy },
    });
    // Browsers lend the clipboard to secure pages only; elsewhere the text can still be selected.
    return navigator.clipboard ? button : null;
  }

  /** @param {Event} event */
  async #apply(event) {
    event.preventDefault();
    const edit = /** @type {PendingEdit} */ (this.#edit);
    if (edit.state !== "CONFLICTED") return;
    const shown = this.#shown;
    const decided = [...this.#inputs].filter(([, { input, unchanged }]) => input.value !== unchanged);
    this.#busy(true);
    await this.client.refreshAndApply(
      edit,
      Object.fromEntries(decided.map(([field, { input }]) => [field, input.value])),
    );
    // A newer conflict has already replaced what is shown here.
    if (this.#edit !== edit || this.#shown !== shown) return;
    this.#busy(false);
    if (edit.state === "CONFLICTED") say(this.error, this.messages.conflict.unreachable);
    else this.element.close();
  }

  /** @param {boolean} busy */
  #busy(busy) {
    const button = this.element.querySelector("[data-testid=conflict-apply]");
    if (button) say(button, busy ? this.messages.conflict.applying : this.messages.conflict.apply);
    for (const each of this.element.querySelectorAll("footer button, [name], .take")) each.disabled = busy;
    if (!busy) button?.focus();
    else say(this.error, "");
  }

  #whenClosed() {
    const typed = Object.fromEntries([...this.#inputs].map(([field, { input }]) => [field, input.value]));
    if (this.#shown) this.#typed.set(this.#shown, typed);
    const closed = this.#closed;
    this.#edit = null;
    this.#shown = null;
    this.#closed = () => {};
    closed();
  }

  /** @param {string} field @param {any} value @returns {string} */
  #shownValue(field, value) {
    const text = String(value ?? "");
    return field === "status" ? (this.messages.columns[/** @type {"todo"} */ (text)] ?? text) : text;
  }
}
