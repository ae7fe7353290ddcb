/**
 * `<occ-conflict-dialog>`: shows a person why an edit was not saved, and lets them decide.
 *
 *     <occ-conflict-dialog lang="es"></occ-conflict-dialog>
 *
 *     const dialog = document.querySelector("occ-conflict-dialog");
 *     const client = new OptimisticClient({ url: "/tasks", onConflict: (edit) => dialog.show(edit) });
 *     dialog.client = client;
 *     dialog.fields = [{ name: "title", label: "Título" }, { name: "notes", label: "Notas", type: "long" }];
 *
 * Where both changed a field, the two stand side by side with the words that differ marked, and under
 * them what will be saved; picking a side is one click. What fits together is already combined and only
 * told; what nobody touched is folded. Nothing is saved before every contested field was decided, and
 * closing the dialog decides nothing and loses nothing: opened again it shows what had been typed.
 *
 * It opens at a moment that nobody chose, perhaps between two clicks or under a typing hand. So the
 * focus is on its title, where no key does anything, and see deliberate.js. News that comes while it is
 * open is offered, and never changes what is under the cursor.
 *
 * Attributes: `lang`; `combine-quietly`: what fits together is saved without asking, and told in a notice
 * that can undo it. Slots: `field-NAME`, an element of the application's for a field of type `own`.
 * Parts: dialog, title, field, side, value, result, input, button, primary, danger, notice. Custom
 * properties: see occ-style.js. Events: `occ-closed`, with the edit as its detail; `occ-created`, with the one that
 * saves it as a new entity.
 *
 * @module occ-conflict-dialog
 */

import { Deliberation } from "./deliberate.js";
import { difference } from "./occ-diff.js";
import { el, say } from "./occ-dom.js";
import { Control, labelOf, shown } from "./occ-fields.js";
import { Problems } from "./occ-http.js";
import { asIWant, sameValue } from "./occ-merge.js";
import { STYLE } from "./occ-style.js";
import { ago, textsFor } from "./occ-texts.js";
import { TypedText } from "./occ-typed.js";

export { ENGLISH, SPANISH, textsFor } from "./occ-texts.js";

/** @typedef {import("./occ-client.js").OptimisticClient} OptimisticClient */
/** @typedef {import("./occ-client.js").PendingEdit} PendingEdit */
/** @typedef {import("./occ-client.js").Conflict} Conflict */
/** @typedef {import("./occ-client.js").Change} Change */
/** @typedef {import("./occ-fields.js").Field} Field */
/** @typedef {import("./occ-texts.js").Texts} Texts */

/** A contested field: what stands against what, and what the person made of it. */
class Choice {
  /** @type {"theirs" | "mine" | "own" | null} */ picked = null;
  /** @type {HTMLElement[]} */ sides = [];

  /** @param {Change} change @param {Control} control */
  constructor(change, control) {
    this.change = change;
    this.control = control;
    /** What to pick from; of what is merged within both have all that does not collide. */
    this.offers = change.text ?? change.merged ?? { mine: change.mine, theirs: change.theirs };
  }
}

const TICK_MILLIS = 10_000;
const NOTICE_MILLIS = 12_000;

export class ConflictDialog extends HTMLElement {
  /** @type {OptimisticClient | null} */ client = null;
  /** @type {readonly Field[]} */ fields = [];
  /** @type {Texts | null} */ #texts = null;
  /** @type {PendingEdit | null} */ #edit = null;
  /** @type {Conflict | null} */ #conflict = null;
  /** @type {Map<string, Choice>} */ #choices = new Map();
  #typed = new TypedText("occ-conflict-dialog");
  #timer = 0;
  #unsubscribe = () => {};
  #closed = () => {};

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // unlike a style element, allowed by any content security policy
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.dialog = el("dialog", {
      part: "dialog",
      testid: "conflict-dialog",
      "aria-labelledby": "conflict-title",
      "aria-describedby": "conflict-text",
      on: { close: () => this.#whenClosed() },
    });
    this.notice = el("div", { class: "notice", part: "notice", testid: "conflict-notice", role: "status", hidden: true });
    root.append(this.dialog, this.notice);
    this.deliberation = new Deliberation(this.dialog);
  }

  /** What it says; by default Spanish or English, as `lang` asks. @returns {Texts} */
  get texts() {
    return this.#texts ?? textsFor(this.language);
  }

  set texts(texts) {
    this.#texts = texts;
  }

  /** @returns {string} */
  get language() {
    return this.lang || document.documentElement.lang || navigator.language;
  }

  /**
   * Shows the edit's conflict. While another one is open this does nothing: nobody is pulled away in
   * the middle of a decision. Show it again when that one is closed.
   * @param {PendingEdit} edit CONFLICTED
   * @returns {Promise<void>} when it is closed, decided or not
   */
  show(edit) {
    if (!this.client) throw new Error("set the dialog's client first");
    if (this.dialog.open && this.#edit !== edit) return Promise.resolve();
    if (this.hasAttribute("combine-quietly") && fits(edit)) return this.#combine(edit);
    const again = this.dialog.open;
    this.#edit = edit;
    const closed = again ? Promise.resolve() : new Promise((resolve) => (this.#closed = () => resolve(undefined)));
    this.#render(again);
    if (again) return closed;
    this.#unsubscribe = this.client.subscribe(() => this.#offerNewer());
    this.#timer = window.setInterval(() => this.#tick(), TICK_MILLIS);
    this.dialog.showModal();
    this.dialog.scrollTop = 0;
    this.#title.focus();
    return closed;
  }

  get #title() {
    return /** @type {HTMLElement} */ (this.dialog.querySelector("h2"));
  }

  // What it shows.

  /** @param {boolean} again it moved while the person was deciding */
  #render(again) {
    const { texts } = this;
    const edit = /** @type {PendingEdit} */ (this.#edit);
    const conflict = (this.#conflict = /** @type {Conflict} */ (edit.conflict));
    this.#choices.clear();
    this.error = el("p", { class: "error", role: "alert" });
    this.counter = el("span", { class: "counter", testid: "conflict-counter", role: "status" });
    this.newer = el("div", { class: "newer", testid: "conflict-newer", role: "status", hidden: true });
    this.dialog.replaceChildren(
      el(
        "form",
        { method: "dialog", on: { submit: (/** @type {Event} */ event) => this.#submit(event), input: () => this.#keepTyped() } },
        el("div", { class: "head" }, el("h2", { id: "conflict-title", part: "title", tabindex: "-1", text: titleOf(edit, texts) }), this.#laterButton()),
        el("div", { id: "conflict-text", class: "lead" }, ...this.#lead(again).map((text) => el("p", { text }))),
        this.newer,
        el("div", { class: "fields" }, ...this.#rows(edit, conflict)),
        el("div", { class: "foot" }, this.error, ...this.#buttons(edit, conflict), this.counter),
      ),
    );
    this.#restoreTyped();
    this.#count();
    this.deliberation.begin();
    if (again) {
      this.dialog.scrollTop = 0;
      this.#title.focus();
    }
  }

  /** Who was faster. @returns {import("./occ-texts.js").Author} */
  get #author() {
    const { texts } = this;
    const current = this.#conflict?.current ?? null;
    const own = current !== null && (this.client?.options.isOwn(current) ?? false);
    return { who: current?.updatedBy || texts.somebody, when: ago(current?.updatedAt, this.language, texts), own };
  }

  /** @param {boolean} again @returns {string[]} */
  #lead(again) {
    const { texts } = this;
    const edit = /** @type {PendingEdit} */ (this.#edit);
    if (!this.#conflict?.current) return [texts.deleted];
    const author = this.#author;
    const what = edit.kind === "remove" ? texts.removing(author) : fits(edit) ? texts.combined : texts.decide(author);
    return [again ? texts.movedAgain : "", texts.changed(author), what].filter((text) => text !== "");
  }

  /** @param {PendingEdit} edit @param {Conflict} conflict @returns {HTMLElement[]} */
  #rows(edit, { current, changes }) {
    const { texts, fields } = this;
    if (!current) return fields.filter(({ name }) => Object.hasOwn(edit.patch, name)).map((field) => this.#told(field, edit.patch[field.name], null));
    const changeOf = (/** @type {Field} */ { name }) => changes.find(({ field }) => field === name);
    const contested = edit.kind === "remove" ? [] : fields.filter((field) => changeOf(field)?.kind === "both");
    const changed = fields.filter((field) => changeOf(field) && !contested.includes(field));
    const untouched = fields.filter((field) => !changeOf(field));
    const rows = changed.map((field) => {
      const change = /** @type {Change} */ (changeOf(field));
      return this.#told(field, change.kind === "theirs" || change.kind === "same" ? change.theirs : asIWant(change), change);
    });
    const folded = el(
      "details",
      {},
      el("summary", { text: texts.untouched(untouched.map(labelOf).join(", ")) }),
      ...untouched.map((field) => this.#told(field, current[field.name], null)),
    );
    return [...contested.map((field) => this.#contested(field, /** @type {Change} */ (changeOf(field)))), ...rows, ...(untouched.length > 0 ? [folded] : [])];
  }

  /** A field about which there is nothing to decide. @param {Field} field @param {any} value @param {Change | null} change */
  #told(field, value, change) {
    const kind = change?.kind ?? "untouched";
    const testid = `${kind === "mine" || !this.#conflict?.current ? "mine" : "theirs"}-${field.name}`;
    return el(
      "section",
      { class: "field combined", part: "field", testid: `conflict-field-${field.name}`, "data-kind": kind },
      this.#heading(field, change),
      el("div", { class: "value", part: "value", testid, "data-empty": this.texts.empty, text: shown(field, value, this.texts) }),
      change && change.kind !== "mine" ? this.#before(field, change) : null,
    );
  }

  /** @param {Field} field @param {Change | null} change */
  #heading(field, change) {
    const marks = this.#author.own ? this.texts.ownMarks : this.texts.marks;
    return el("h3", { id: `label-${field.name}` }, labelOf(field), change ? el("span", { class: "mark", text: marks[change.kind] }) : null);
  }

  /** @param {Field} field @param {Change} change */
  #before(field, change) {
    const { texts } = this;
    return el("p", { class: "before" }, `${texts.before} `, el("span", { text: shown(field, change.base, texts) || texts.empty }));
  }

  /** @param {Field} field @param {Change} change */
  #contested(field, change) {
    const { texts } = this;
    const own = /** @type {HTMLElement | null} */ (this.querySelector(`[slot="field-${CSS.escape(field.name)}"]`));
    const control = new Control(field, own);
    const choice = new Choice(change, control);
    const { offers } = choice;
    control.fill(offers.mine);
    this.#choices.set(field.name, choice);
    const [theirs, mine] = difference(shown(field, offers.theirs, texts), shown(field, offers.mine, texts), this.language);
    choice.sides = [
      this.#side(choice, "theirs", texts.server(this.#author), theirs),
      this.#side(choice, "mine", texts.mine, mine),
    ];
    control.element.addEventListener("input", () => this.#pick(choice, "own"));
    return el(
      "section",
      { class: "field both", part: "field", testid: `conflict-field-${field.name}`, "data-kind": "both", role: "group", "aria-labelledby": `label-${field.name}` },
      this.#heading(field, change),
      change.text ? el("p", { class: "before", testid: `within-${field.name}`, text: texts.withinText }) : null,
      el("div", { class: "sides" }, ...choice.sides),
      el("div", { class: "result", part: "result" }, el("label", { for: control.element.id, text: texts.result }), own ? el("slot", { name: `field-${field.name}` }) : control.element),
      this.#before(field, change),
    );
  }

  /** @param {Choice} choice @param {"theirs" | "mine"} name @param {string} caption @param {import("./occ-diff.js").Piece[]} pieces */
  #side(choice, name, caption, pieces) {
    const { field } = choice.change;
    const words = pieces.map(({ text, same }) => (same ? text : el("mark", { text })));
    return el(
      "button",
      { type: "button", class: `side ${name}`, part: "side", testid: `take-${name}-${field}`, "aria-pressed": "false", on: { click: () => this.#take(choice, name) } },
      el("span", { class: "caption", text: caption }),
      el("span", { class: "value", part: "value", testid: name === "theirs" ? `theirs-${field}` : `yours-${field}`, "data-empty": this.texts.empty }, ...words),
    );
  }

  #laterButton() {
    const { later } = this.texts;
    return el("button", { type: "button", class: "later", part: "button", testid: "conflict-later", "aria-label": later, title: later, text: "×", on: { click: () => this.dialog.close() } });
  }

  /** Each says what it does. @param {PendingEdit} edit @param {Conflict} conflict @returns {Array<HTMLElement | null>} */
  #buttons(edit, { current }) {
    const { texts } = this;
    const button = (/** @type {string} */ testid, /** @type {string} */ text, /** @type {() => void} */ click, look = "") =>
      el("button", { type: "button", class: look || null, part: look || "button", testid, text, on: { click } });
    const discard = (/** @type {string} */ text) => button("conflict-discard", text, () => this.#discard());
    if (!current) {
      return [
        button("conflict-restore", texts.restore, () => this.#settle(() => this.client?.restore(edit)), "primary"),
        button("conflict-new", texts.saveAsNew, () => this.#saveAsNew()),
        discard(texts.giveUp),
        this.#copyButton(),
      ];
    }
    const look = edit.kind === "remove" ? "danger" : "primary";
    const apply = el("button", { type: "submit", class: look, part: look, testid: "conflict-apply", text: this.#applyText(false) });
    return [apply, discard(edit.kind === "remove" ? texts.keep : texts.discard)];
  }

  /** @param {boolean} busy @returns {string} */
  #applyText(busy) {
    const { apply, applying, removeAnyway, deleting } = this.texts;
    return this.#edit?.kind === "remove" ? (busy ? deleting : removeAnyway) : busy ? applying : apply;
  }

  #copyButton() {
    const copy = async () => {
      const edit = /** @type {PendingEdit} */ (this.#edit);
      await navigator.clipboard.writeText(Object.values(edit.patch).filter((value) => value !== "").join("\n"));
      say(button, this.texts.copied);
    };
    const button = el("button", { type: "button", part: "button", testid: "conflict-copy", text: this.texts.copy, on: { click: copy } });
    // Browsers lend the clipboard to secure pages only; elsewhere the text can still be selected.
    return navigator.clipboard ? button : null;
  }

  // Deciding.

  /** @param {Choice} choice @param {"theirs" | "mine"} name */
  #take(choice, name) {
    choice.control.fill(choice.offers[name]);
    this.#pick(choice, name);
    this.#keepTyped();
  }

  /** @param {Choice} choice @param {Choice["picked"]} picked */
  #pick(choice, picked) {
    choice.picked = picked;
    choice.sides.forEach((side, at) => side.setAttribute("aria-pressed", String(picked === ["theirs", "mine"][at])));
    choice.sides[0]?.closest(".field")?.classList.toggle("decided", picked !== null);
    say(/** @type {Element} */ (this.error), "");
    this.#count();
  }

  /** @returns {Choice[]} */
  get #undecided() {
    return [...this.#choices.values()].filter(({ picked }) => picked === null);
  }

  #count() {
    const { texts, counter } = this;
    const left = this.#undecided.length;
    counter.hidden = this.#choices.size === 0;
    counter.classList.toggle("done", left === 0);
    say(counter, left > 0 ? texts.toDecide(left) : texts.decided);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const [first] = this.#undecided;
    if (first) {
      say(/** @type {Element} */ (this.error), this.texts.toDecide(this.#undecided.length));
      return first.sides[0].focus();
    }
    const edit = /** @type {PendingEdit} */ (this.#edit);
    const conflict = /** @type {Conflict} */ (this.#conflict);
    const decided = [...this.#choices.values()].map(({ change, control }) => ({ field: change.field, value: control.value, theirs: change.theirs }));
    const mine = conflict.changes.filter(isMine).map((change) => [change.field, asIWant(change)]);
    const chosen = decided.filter(({ value, theirs }) => !sameValue(value, theirs)).map(({ field, value }) => [field, value]);
    this.#settle(() => this.client?.refreshAndApply(edit, Object.fromEntries([...mine, ...chosen]), conflict));
  }

  #discard() {
    this.client?.discard(/** @type {PendingEdit} */ (this.#edit));
    this.dialog.close();
  }

  #saveAsNew() {
    const edit = /** @type {PendingEdit} */ (this.#edit);
    const created = this.client?.create({ ...edit.base, ...edit.patch });
    this.dispatchEvent(new CustomEvent("occ-created", { detail: created, bubbles: true, composed: true }));
    this.#discard();
  }

  /** @param {() => Promise<unknown> | undefined} action */
  async #settle(action) {
    const edit = /** @type {PendingEdit} */ (this.#edit);
    if (edit.state !== "CONFLICTED") return;
    const before = this.#conflict;
    this.#busy(true);
    await action();
    // A newer conflict has already replaced what is shown here.
    if (this.#edit !== edit || this.#conflict !== before) return;
    this.#busy(false);
    const { notUnderstood, unreachable } = this.texts;
    const unclear = edit.problem?.type === Problems.NOT_UNDERSTOOD;
    if (edit.state === "CONFLICTED") say(/** @type {Element} */ (this.error), unclear ? notUnderstood : unreachable);
    else this.dialog.close();
  }

  /** @param {boolean} busy */
  #busy(busy) {
    const apply = this.dialog.querySelector("[data-testid=conflict-apply]");
    if (apply) say(apply, this.#applyText(busy));
    for (const each of this.dialog.querySelectorAll(".foot button, [name], .side")) each.disabled = busy;
    if (!busy) apply?.focus();
    else say(/** @type {Element} */ (this.error), "");
  }

  // While it is open.

  #tick() {
    const [, line] = [...this.dialog.querySelectorAll(".lead p")].slice(-2).reverse();
    if (line && this.#conflict?.current) say(line, this.texts.changed(this.#author));
  }

  /** News is offered; what the person looks at stays as it is until they take it. */
  #offerNewer() {
    const edit = this.#edit;
    if (!edit || edit.state !== "CONFLICTED" || edit.conflict === this.#conflict || !this.newer.hidden) return;
    const show = el("button", { type: "button", part: "button", testid: "conflict-show-newer", text: this.texts.showNewer, on: { click: () => this.#render(true) } });
    this.newer.replaceChildren(el("span", { text: this.texts.newer }), show);
    this.newer.hidden = false;
  }

  /** @returns {string} under which the texts are kept */
  get #form() {
    const edit = /** @type {PendingEdit} */ (this.#edit);
    return edit.uid || edit.mutationId;
  }

  #keepTyped() {
    const choices = [...this.#choices].map(([name, { picked, control }]) => [name, { picked, value: control.value }]);
    this.#typed.keep(this.#form, { version: this.#conflict?.current?.version, choices: Object.fromEntries(choices) });
  }

  /** Brings back what was typed before; what was decided counts while it is about the same state. */
  #restoreTyped() {
    const kept = this.#typed.read(this.#form);
    for (const [name, { picked, value }] of Object.entries(kept?.choices ?? {})) {
      const choice = this.#choices.get(name);
      if (!choice) continue;
      const same = String(kept.version) === String(this.#conflict?.current?.version);
      if (picked === "theirs" && !same) continue;
      choice.control.fill(picked === "theirs" || picked === "mine" ? choice.offers[/** @type {"theirs" | "mine"} */ (picked)] : value);
      if (same && picked) this.#pick(choice, picked);
    }
  }

  #whenClosed() {
    const edit = this.#edit;
    if (edit && edit.state !== "CONFLICTED") this.#typed.drop(this.#form);
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#edit = null;
    this.#conflict = null;
    const closed = this.#closed;
    this.#closed = () => {};
    this.dispatchEvent(new CustomEvent("occ-closed", { detail: edit, bubbles: true, composed: true }));
    closed();
  }

  // Without asking.

  /** @param {PendingEdit} edit */
  async #combine(edit) {
    const { changes, current } = /** @type {Conflict} */ (edit.conflict);
    const author = { who: current?.updatedBy || this.texts.somebody, when: "", own: this.client?.options.isOwn(/** @type {any} */ (current)) ?? false };
    const mine = changes.filter(isMine);
    const theirs = changes.filter(({ kind }) => kind === "theirs" || kind === "combined");
    await this.client?.refreshAndApply(edit);
    if (edit.state === "CONFLICTED") return;
    const text = this.texts.combinedNotice(this.#names(mine, false), this.#names(theirs, true), author);
    const undo = () => this.client?.update(edit.key, Object.fromEntries(mine.map(({ field, kind, base, theirs: now }) => [field, (kind === "combined" ? now : base) ?? null])));
    this.#tell(text, undo);
  }

  /** @param {Change[]} changes @param {boolean} theirs @returns {string} */
  #names(changes, theirs) {
    const names = changes.map(({ field }) => {
      const known = this.fields.find(({ name }) => name === field) ?? { name: field };
      return (theirs && known.named) || labelOf(known).toLocaleLowerCase(this.language);
    });
    return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${this.texts.and} ${names.at(-1)}`;
  }

  /** @param {string} text @param {() => void} undo */
  #tell(text, undo) {
    const hide = () => (this.notice.hidden = true);
    const button = el("button", { type: "button", part: "button", testid: "conflict-undo", text: this.texts.undo, on: { click: () => (undo(), hide()) } });
    this.notice.replaceChildren(el("span", { text }), button);
    this.notice.hidden = false;
    const timer = setTimeout(hide, NOTICE_MILLIS);
    this.notice.addEventListener("focusin", () => clearTimeout(timer), { once: true });
  }
}

/** Whether there is something of the person's in it, and nothing to decide. @param {Change} change */
const isMine = ({ kind }) => kind === "mine" || kind === "combined";

/** Whether nothing is left to decide. @param {PendingEdit} edit @returns {boolean} */
function fits({ kind, conflict }) {
  return kind === "update" && conflict !== null && conflict.current !== null && !conflict.changes.some((change) => change.kind === "both");
}

/** @param {PendingEdit} edit @param {Texts} texts @returns {string} */
function titleOf(edit, texts) {
  if (!edit.conflict?.current) return texts.titleDeleted;
  if (edit.kind === "remove") return texts.titleRemoving;
  return fits(edit) ? texts.titleFits : texts.title;
}

if (!customElements.get("occ-conflict-dialog")) customElements.define("occ-conflict-dialog", ConflictDialog);
