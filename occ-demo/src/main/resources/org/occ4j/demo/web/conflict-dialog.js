/**
 * Shows a person why an edit was not saved, and lets them decide: the server's state beside their
 * own changes, which they can still edit. Closing it decides nothing and loses nothing; opened
 * again, it shows what had been typed.
 *
 * It opens at a moment that nobody chose, perhaps between two clicks or under a typing hand. So the
 * focus is on its title, where no key does anything, and see deliberate.js.
 *
 * @module conflict-dialog
 */

import { Deliberation } from "/webjars/occ4j/deliberate.js";
import { el, say } from "./dom.js";
import { ago } from "./messages.js";
import { Problems } from "/webjars/occ4j/occ-client.js";
import { FIELDS, control, fill } from "./task-form.js";

/** @typedef {import("/webjars/occ4j/occ-client.js").OptimisticClient} OptimisticClient */
/** @typedef {import("/webjars/occ4j/occ-client.js").PendingEdit} PendingEdit */
/** @typedef {import("/webjars/occ4j/occ-client.js").Conflict} Conflict */
/** @typedef {import("/webjars/occ4j/occ-client.js").Entity} Entity */
/** @typedef {import("/webjars/occ4j/occ-client.js").Change} Change */
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
    this.deliberation = new Deliberation(this.element);
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
    this.deliberation.begin();
    if (!again) this.element.showModal();
    this.element.scrollTop = 0;
    /** @type {HTMLElement} */ (this.element.querySelector("h2")).focus();
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
          el("h2", { id: "conflict-title", tabindex: "-1", text: messages.conflict.title }),
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
          this.#applyButton(edit, conflict),
          this.#discardButton(edit),
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
    const when = ago(current.updatedAt, language, messages);
    const own = this.#own(current);
    const { changed, changedByYou, removing, removingOwn, merged, mergedOwn } = messages.conflict;
    const removal = own ? removingOwn : removing(who);
    const texts = [
      again ? messages.conflict.movedAgain : "",
      own ? changedByYou(when) : changed(who, when),
      edit.kind === "remove" ? removal : own ? mergedOwn : merged,
    ];
    return texts.filter((text) => text !== "").map((text) => el("p", { text }));
  }

  /** Whether the person who decides is also the one who was faster. @param {Entity | null} current @returns {boolean} */
  #own(current) {
    return current !== null && this.client.options.isOwn(current);
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
    const labelId = `conflict-label-${field}`;
    const marks = this.#own(current) ? messages.conflict.ownMarks : messages.conflict.marks;
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
              ` ${marks[change.kind]}`,
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
      on: { click: () => this.#takeTheirs(input, current?.[field]) },
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

  /** A choice like any other, so Enter counts from then on. @param {Control} input @param {any} value */
  #takeTheirs(input, value) {
    fill(input, value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  }

  /** The button says what it does. @param {PendingEdit} edit @param {Conflict} conflict */
  #applyButton(edit, { current }) {
    const look = edit.kind === "remove" ? "danger" : "primary";
    const text = this.#applyText(edit);
    return current ? el("button", { type: "submit", class: look, testid: "conflict-apply", text }) : null;
  }

  /** @param {PendingEdit} edit @param {boolean} [busy] @returns {string} */
  #applyText(edit, busy = false) {
    const { apply, applying, removeAnyway, deleting } = this.messages.conflict;
    if (edit.kind === "remove") return busy ? deleting : removeAnyway;
    return busy ? applying : apply;
  }

  /** @param {PendingEdit} edit */
  #discardButton(edit) {
    const discard = () => {
      this.client.discard(/** @type {PendingEdit} */ (this.#edit));
      this.element.close();
    };
    return el("button", {
      type: "button",
      testid: "conflict-discard",
      text: edit.kind === "remove" ? this.messages.conflict.keep : this.messages.conflict.discard,
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
    const { notUnderstood, unreachable } = this.messages.conflict;
    const unclear = edit.problem?.type === Problems.NOT_UNDERSTOOD;
    if (edit.state === "CONFLICTED") say(this.error, unclear ? notUnderstood : unreachable);
    else this.element.close();
  }

  /** @param {boolean} busy */
  #busy(busy) {
    const button = this.element.querySelector("[data-testid=conflict-apply]");
    if (button && this.#edit) say(button, this.#applyText(this.#edit, busy));
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
