/**
 * One task on the board: what is shown of it, how far its saving has come, and the form when it is
 * being edited. The element is made once and updated in place, so that focus and typed text stay.
 *
 * @module task-card
 */

import { isRepeatedActivation } from "/webjars/occ4j/deliberate.js";
import { arrange, el, say } from "./dom.js";
import { ago } from "./messages.js";
import { Problems, isLater, sameVersion } from "/webjars/occ4j/occ-client.js";
import { NEW_TASK, STATUSES, TaskForm } from "./task-form.js";

/** @typedef {import("/webjars/occ4j/occ-client.js").OptimisticClient} OptimisticClient */
/** @typedef {import("/webjars/occ4j/occ-client.js").View} View */
/** @typedef {import("/webjars/occ4j/occ-client.js").PendingEdit} PendingEdit */
/** @typedef {import("/webjars/occ4j/occ-client.js").Draft} Draft */
/** @typedef {import("./messages.js").Messages} Messages */
/** @typedef {import("./task-form.js").TaskFields} TaskFields */

/**
 * What a card needs of the page around it.
 * @typedef {Object} Board
 * @property {OptimisticClient} client
 * @property {Messages} messages
 * @property {string} language
 * @property {import("/webjars/occ4j/occ-typed.js").TypedText} typed
 * @property {import("/webjars/occ4j/occ-presence.js").Presence} presence
 * @property {(edit: PendingEdit, title: string) => void} track follows an edit and reports how it ends
 * @property {(edit: PendingEdit) => void} review opens the conflict dialog
 * @property {(text: string) => void} announce
 */

/** What a dragged card is known by; nothing from another page is. */
export const DRAGGED = "application/x-occ4j-task";

/** How long "a minute ago" may stand. */
const FRESH_MILLIS = 20_000;

export class TaskCard {
  /** @type {View} */ #view;
  #updatedAt = -Infinity;
  /** Whether it may be moved to another column now. */ movable = false;
  /** @type {TaskForm | null} */ #form = null;
  /** @type {Draft | null} */ #draft = null;

  /** @param {Board} board @param {View} view */
  constructor(board, view) {
    this.board = board;
    this.#view = view;
    this.title = el("h3");
    this.description = el("p", { class: "description" });
    this.meta = el("p", { class: "meta" });
    this.others = el("p", { class: "others" });
    this.state = el("span", { class: "state" });
    this.reason = el("p", { class: "reason" });
    this.stateActions = el("span", { class: "state-actions" });
    this.edit = el("button", {
      type: "button",
      text: board.messages.edit,
      "aria-keyshortcuts": "Alt+ArrowLeft Alt+ArrowRight",
      on: {
        click: () => this.openForm(),
        keydown: (/** @type {KeyboardEvent} */ event) =>
          isRepeatedActivation(event) && event.preventDefault(),
      },
    });
    this.moves = el("span", { class: "moves" });
    this.face = el("div", { class: "face" }, this.title, this.description, this.meta);
    this.slot = el("div", { class: "slot" });
    const actions = el(
      "div",
      { class: "card-actions" },
      this.moves,
      this.state,
      this.stateActions,
      this.edit,
    );
    this.element = el(
      "li",
      {
        class: "card",
        on: { dragstart: this.#dragStart, dragend: () => this.element.classList.remove("dragged"), keydown: this.#keys },
      },
      this.others,
      this.face,
      this.slot,
      this.reason,
      actions,
    );
    this.update(view);
  }

  /** @returns {boolean} whether a form is open on it */
  get editing() {
    return this.#form !== null;
  }

  /** @returns {boolean} whether text was typed that is not saved yet */
  get dirty() {
    return this.#form?.dirty ?? false;
  }

  /** @returns {string} the column to show it in */
  get column() {
    const { status } = this.#view.value;
    return STATUSES.includes(status) ? status : "todo";
  }

  /** @param {View} view */
  update(view) {
    const now = performance.now();
    if (!this.#form && now - this.#updatedAt < FRESH_MILLIS && showsTheSame(view, this.#view)) return;
    this.#updatedAt = now;
    const { messages, language } = this.board;
    const before = this.#view.confirmed?.version;
    if (before !== undefined && isLater(view.confirmed?.version, before) && !view.own) this.#flash();
    this.#view = view;
    const { title, description, assignee, updatedBy, updatedAt } = view.value;
    this.element.dataset.testid = `task-${view.key}`;
    this.edit.dataset.testid = `edit-${view.key}`;
    this.state.dataset.testid = `state-${view.key}`;
    this.others.dataset.testid = `others-${view.key}`;
    say(this.title, title ?? "");
    say(this.description, description ?? "");
    this.edit.setAttribute("aria-label", messages.editTask(title ?? ""));
    this.#showMeta(
      assignee,
      updatedBy &&
        (view.own
          ? messages.changedByYou(ago(updatedAt, language, messages))
          : messages.changedBy(updatedBy, ago(updatedAt, language, messages))),
      updatedAt,
    );
    this.#showMoves();
    this.#showState();
    this.#showNotice();
  }

  /** Says who else is editing it. @param {string[]} names */
  showOthers(names) {
    const { messages, language } = this.board;
    const list = names.length > 0 ? new Intl.ListFormat(language).format(names) : "";
    say(this.others, list && messages.editing(list, names.length));
  }

  /** @param {PendingEdit} edit @returns {boolean} whether the edit belongs to this card's task */
  holds(edit) {
    return this.#view.pending.includes(edit) || this.#view.rejected.includes(edit);
  }

  /** Opens the form again if something was typed into it before the page was left. */
  reopenForm() {
    const kept = this.board.typed.read(this.#view.key);
    if (kept && !this.#form && this.#view.confirmed) this.openForm(undefined, kept);
  }

  /**
   * Opens the form; with an edit, on that edit's values, to correct it.
   * @param {PendingEdit} [refused] @param {{base: any, values: TaskFields}} [kept] what an earlier page left
   */
  openForm(refused, kept) {
    if (this.#form) return this.#form.focus();
    const { client, messages, typed } = this.board;
    const { key, value, confirmed } = this.#view;
    if (confirmed) this.#draft = client.open(key, kept?.base);
    const original = /** @type {TaskFields} */ (this.#draft?.base ?? NEW_TASK);
    this.#form = new TaskForm(
      messages,
      /** @type {TaskFields} */ ({ ...value, ...refused?.patch, ...kept?.values }),
      original,
      {
        save: (changed) => this.#save(changed, refused),
        cancel: () => this.#closeForm(),
        typed: (values) => typed.keep(key, { base: this.#draft?.base, values }),
        remove: confirmed ? () => this.#remove() : undefined,
      },
    );
    this.slot.replaceChildren(this.#form.element);
    this.face.hidden = true;
    if (confirmed) this.board.presence.enter(key);
    this.element.classList.add("editing");
    this.#form.focus();
    this.#showState();
    this.#showNotice();
  }

  /** Puts the focus on the card: on what it asks for, if it asks for something. */
  focus() {
    const target =
      this.stateActions.querySelector("button") ??
      (this.face.hidden ? this.slot.querySelector("input") : this.edit);
    target?.focus();
  }

  /** @param {Partial<TaskFields>} changed @param {PendingEdit} [refused] */
  #save(changed, refused) {
    const { client, messages, announce, track } = this.board;
    const { key, confirmed, value } = this.#view;
    const title = changed.title ?? value.title;
    if (confirmed && Object.keys(changed).length === 0) announce(messages.status.unchanged);
    else
      track(
        confirmed
          ? client.update(key, changed, this.#draft ?? undefined)
          : client.create({ ...NEW_TASK, ...changed }),
        title,
      );
    this.#closeForm();
    if (refused) client.discard(refused);
  }

  #remove() {
    const { client, track } = this.board;
    track(client.remove(this.#view.key, this.#draft ?? undefined), this.#view.value.title);
    this.#closeForm();
  }

  #closeForm() {
    this.#form = null;
    this.board.presence.leave(this.#view.key);
    this.board.typed.drop(this.#view.key);
    this.slot.replaceChildren();
    this.face.hidden = false;
    this.element.classList.remove("editing");
    const draft = this.#draft;
    this.#draft = null;
    if (draft) this.board.client.close(draft);
    this.#showState();
    if (this.element.isConnected) this.edit.focus();
  }

  /** @param {string} assignee @param {string} changed @param {string} updatedAt */
  #showMeta(assignee, changed, updatedAt) {
    const text = `${assignee ?? ""}|${changed ?? ""}`;
    if (this.meta.dataset.shows === text) return;
    this.meta.dataset.shows = text;
    this.meta.replaceChildren(
      ...(assignee ? [el("span", { class: "assignee", text: assignee })] : []),
      ...(changed
        ? [
            el("time", {
              datetime: updatedAt,
              title: new Date(updatedAt).toLocaleString(this.board.language),
              text: changed,
            }),
          ]
        : []),
    );
  }

  #showMoves() {
    const { messages } = this.board;
    const at = STATUSES.indexOf(/** @type {any} */ (this.column));
    const sides = [
      ["←", STATUSES[at - 1]],
      ["→", STATUSES[at + 1]],
    ];
    const shows = `${at}|${this.#view.value.title}`;
    if (this.moves.dataset.shows === shows) return;
    this.moves.dataset.shows = shows;
    const had = this.moves.contains(document.activeElement);
    this.moves.replaceChildren(
      ...sides
        .filter(([, to]) => to)
        .map(([arrow, to]) => {
          const label = messages.moveTo(messages.columns[/** @type {"todo"} */ (to)], this.#view.value.title);
          return el("button", {
            type: "button",
            class: "move",
            testid: `move-${to}`,
            text: arrow,
            title: label,
            "aria-label": label,
            on: { click: () => this.moveTo(String(to)) },
          });
        }),
    );
    if (had) this.moves.lastElementChild?.focus();
  }

  /** Moves it to another column, if it may be moved just now. @param {string} status */
  moveTo(status) {
    const { key, value } = this.#view;
    if (!this.movable || status === this.column) return;
    this.board.track(this.board.client.update(key, { status }), value.title);
  }

  /** @param {DragEvent} event */
  #dragStart = (event) => {
    if (!event.dataTransfer) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData(DRAGGED, this.#view.identity);
    this.element.classList.add("dragged");
  };

  /** As by dragging: Alt and an arrow. @param {KeyboardEvent} event */
  #keys = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const to = step && STATUSES[STATUSES.indexOf(/** @type {any} */ (this.column)) + step];
    if (!event.altKey || !to || this.editing) return;
    event.preventDefault(); // the browser would leave the page
    if (event.repeat) return;
    this.moveTo(to);
    queueMicrotask(() => this.focus()); // when it is in its new place
  };

  #showState() {
    const { messages, client, review } = this.board;
    const [name, edit] = stateOf(this.#view);
    this.element.dataset.state = name;
    say(this.state, messages.state[name]);
    say(this.reason, name === "rejected" || name === "unknown" ? reasonOf(edit, messages) : "");
    const settled =
      this.#view.confirmed !== null &&
      !this.editing &&
      !["conflict", "gone", "removing", "rejected"].includes(name);
    this.movable = settled;
    this.element.draggable = settled;
    this.moves.hidden = !settled;
    this.edit.hidden = !settled;
    // While a refused edit is being corrected, a discard would take the text away.
    const correcting = name === "rejected" && this.editing;
    if (this.stateActions.dataset.shows === `${name}${correcting}`) return;
    this.stateActions.dataset.shows = `${name}${correcting}`;
    const button = (
      /** @type {string} */ testid,
      /** @type {string} */ text,
      /** @type {() => void} */ click,
    ) => el("button", { type: "button", testid: `${testid}-${this.#view.key}`, text, on: { click } });
    const current = () => /** @type {PendingEdit} */ (stateOf(this.#view)[1]);
    const discard = () => button("discard", messages.discard, () => client.discard(current()));
    /** @type {Partial<Record<string, () => HTMLElement[]>>} */
    const actions = {
      conflict: () => [button("review", messages.review, () => review(current()))],
      unknown: () => [button("resend", messages.sendAgain, () => client.resend(current())), discard()],
      rejected: () => [button("again", messages.editAgain, () => this.openForm(current())), discard()],
    };
    arrange(this.stateActions, correcting ? [] : (actions[name]?.() ?? []));
  }

  #showNotice() {
    if (!this.#form || !this.#draft) return;
    const { messages } = this.board;
    const { confirmed, gone, own, pending } = this.#view;
    const moved = isLater(confirmed?.version, this.#draft.base.version);
    if (gone) this.#form.warn(messages.goneMeanwhile);
    // What an edit on its way from here has done is no news to anybody here.
    else if (!moved || (own && pending.length > 0)) this.#form.warn("");
    else
      this.#form.warn(
        own ? messages.movedByYou : messages.movedMeanwhile(confirmed?.updatedBy || messages.nobody),
      );
  }

  /** Draws the eye to a card that somebody else changed. */
  #flash() {
    this.element.classList.remove("changed");
    void this.element.offsetWidth; // Starts the animation anew when it is still running.
    this.element.classList.add("changed");
  }
}

/** A board has hundreds of cards, and a click changes one. @param {View} one @param {View} other */
function showsTheSame(one, other) {
  const busy = one.pending.length + one.rejected.length + other.pending.length + other.rejected.length > 0;
  const { confirmed, gone, own, ownVersion } = other;
  return !busy && one.confirmed === confirmed && one.gone === gone && one.own === own && sameVersion(one.ownVersion, ownVersion);
}

/** Why an edit is not saved, or not known to be. @param {PendingEdit | undefined} edit @param {Messages} messages @returns {string} */
export function reasonOf(edit, messages) {
  const problem = edit?.problem;
  if (problem?.type === Problems.NOT_UNDERSTOOD) return messages.notUnderstood;
  return problem?.detail ?? problem?.title ?? "";
}

/**
 * The one thing to say about a task, and the edit it is about.
 * @param {View} view @returns {[keyof Messages["state"], PendingEdit?]}
 */
function stateOf({ pending: [head], rejected: [refused], gone, confirmed, ownVersion }) {
  switch (head?.state) {
    case "CONFLICTED":
    case "RESOLVING":
      return ["conflict", head];
    case "UNKNOWN":
      return ["unknown", head];
    case "LOCAL":
    case "SENDING":
      if (head.waiting && head.waiting.reason !== "in-flight") return ["offline", head];
      return [head.kind === "remove" ? "removing" : "saving", head];
  }
  if (refused) return ["rejected", refused];
  if (gone) return ["gone"];
  return [ownVersion !== 0 && sameVersion(confirmed?.version, ownVersion) ? "saved" : "idle"];
}
