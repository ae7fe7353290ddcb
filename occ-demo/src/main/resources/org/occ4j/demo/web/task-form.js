/**
 * The form in which a task is written or edited. It is filled once, when it is opened, and from
 * then on belongs to the person: no news from the server reaches its fields.
 *
 * @module task-form
 */

import { isRepeatedActivation, isSettling, settle } from "/webjars/occ4j/deliberate.js";
import { el, say } from "./dom.js";

/** @typedef {import("./messages.js").Messages} Messages */
/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */
/** @typedef {Record<"title" | "description" | "status" | "assignee", string>} TaskFields */

export const FIELDS = /** @type {const} */ (["title", "description", "status", "assignee"]);
export const STATUSES = /** @type {const} */ (["todo", "doing", "done"]);
/** What a task is before anybody has written it. */
export const NEW_TASK = Object.freeze({ title: "", description: "", status: "todo", assignee: "" });
/** The name under which its typed text is kept. */
export const NEW_FORM = "new";
/** @type {Record<string, number>} */
const MAX_LENGTH = { title: 200, description: 10_000, assignee: 100 };

/** What the conflict dialog is to know of a task. @param {Messages} messages @returns {import("/webjars/occ4j/occ-fields.js").Field[]} */
export function fieldsOf(messages) {
  const { fields, named, columns } = messages;
  return [
    { name: "title", label: fields.title, named: named.title, maxlength: MAX_LENGTH.title, required: true },
    { name: "description", label: fields.description, named: named.description, type: "long", maxlength: MAX_LENGTH.description },
    { name: "status", label: fields.status, named: named.status, type: "choice", choices: STATUSES.map((value) => ({ value, label: columns[value] })) },
    { name: "assignee", label: fields.assignee, named: named.assignee, maxlength: MAX_LENGTH.assignee },
  ];
}

let controls = 0;

/**
 * The control with which one field of a task is edited.
 * @param {string} field @param {Messages} messages @param {string} testid
 * @returns {Control}
 */
export function control(field, messages, testid) {
  const common = {
    testid,
    name: field,
    id: `${field}-${++controls}`,
    maxlength: MAX_LENGTH[field],
    autocomplete: "off",
  };
  if (field === "description") return el("textarea", { ...common, rows: 2 });
  if (field !== "status") return el("input", { ...common, type: "text", required: field === "title" });
  return el(
    "select",
    common,
    ...STATUSES.map((status) => el("option", { value: status, text: messages.columns[status] })),
  );
}

/**
 * Browsers change some text on its way into a control (line ends, for one). What counts as
 * unchanged is therefore what the control says right after it was filled.
 * @param {Control} control @param {string | null | undefined} value @returns {string}
 */
export function fill(control, value) {
  control.value = value ?? "";
  return control.value;
}

/** An open form. Put `element` into the page, then `focus()`. */
export class TaskForm {
  /** @type {Record<string, Control>} */ #controls = {};
  /** What each control showed for the unchanged task. @type {Record<string, string>} */ #initial = {};

  /**
   * @param {Messages} messages
   * @param {TaskFields} values what the fields hold at the start
   * @param {TaskFields} original what counts as unchanged
   * @param {{save: (changed: Partial<TaskFields>) => void, cancel: () => void, remove?: () => void,
   *     typed?: (values: TaskFields) => void}} actions
   */
  constructor(messages, values, original, actions) {
    this.notice = el("p", { class: "notice", role: "note", hidden: true });
    this.element = el(
      "form",
      {
        class: "task-form",
        on: {
          submit: (/** @type {Event} */ event) => this.#submit(event, actions.save),
          input: () => actions.typed?.(this.values()),
          keydown: this.#keys,
        },
      },
      ...FIELDS.map((field) => this.#row(field, original[field], values[field], messages)),
      this.notice,
      el(
        "div",
        { class: "form-actions" },
        el("button", { type: "submit", class: "primary", testid: "save", text: messages.save }),
        el("button", {
          type: "button",
          testid: "cancel",
          text: messages.cancel,
          on: { click: actions.cancel },
        }),
        actions.remove ? removeButton(messages, actions.remove) : null,
      ),
    );
  }

  /** @returns {TaskFields} what all fields hold now */
  values() {
    return /** @type {TaskFields} */ (
      Object.fromEntries(FIELDS.map((field) => [field, this.#controls[field].value]))
    );
  }

  /** @returns {Partial<TaskFields>} the fields that differ from what they were when the form was opened */
  changed() {
    const entries = FIELDS.map((field) => [field, this.#controls[field].value]);
    return Object.fromEntries(entries.filter(([field, value]) => value !== this.#initial[field]));
  }

  /** @returns {boolean} */
  get dirty() {
    return Object.keys(this.changed()).length > 0;
  }

  focus() {
    this.#controls.title.focus();
  }

  /** Says above the buttons what happened to the task since. @param {string} text empty for nothing */
  warn(text) {
    say(this.notice, text);
    this.notice.hidden = text === "";
  }

  /** @param {typeof FIELDS[number]} field @param {string} original @param {string} value @param {Messages} messages */
  #row(field, original, value, messages) {
    const input = (this.#controls[field] = control(field, messages, `field-${field}`));
    this.#initial[field] = fill(input, original);
    fill(input, value);
    return el(
      "div",
      { class: `row row-${field}` },
      el("label", { for: input.id, text: messages.fields[field] }),
      input,
    );
  }

  /** @param {Event} event @param {(changed: Partial<TaskFields>) => void} save */
  #submit(event, save) {
    event.preventDefault();
    save(this.changed());
  }

  /** @param {KeyboardEvent} event */
  #keys = (event) => {
    // A key that is held down would save, open the form again, and so on.
    if (isRepeatedActivation(event)) event.preventDefault();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.element.requestSubmit();
  };
}

/** A button that has to be pressed twice, each time on purpose. @param {Messages} messages @param {() => void} remove */
function removeButton(messages, remove) {
  const button = el("button", {
    type: "button",
    class: "danger quiet",
    testid: "delete",
    text: messages.remove,
  });
  let armed = false;
  const arm = (/** @type {boolean} */ on) => {
    armed = on;
    say(button, on ? messages.reallyRemove : messages.remove);
    button.classList.toggle("quiet", !on);
    if (on) settle([button]);
  };
  button.addEventListener("keydown", (event) => isRepeatedActivation(event) && event.preventDefault());
  button.addEventListener("click", () => (armed && !isSettling(button) ? remove() : arm(true)));
  button.addEventListener("blur", () => arm(false));
  return button;
}

/** The form for a task that does not exist yet. @param {import("./task-card.js").Board} board @param {() => void} closed @returns {{element: HTMLElement, form: TaskForm}} */
export function newTaskForm(board, closed) {
  const { typed } = board;
  const end = () => {
    typed.drop(NEW_FORM);
    closed();
  };
  const form = new TaskForm(board.messages, typed.read(NEW_FORM) ?? NEW_TASK, NEW_TASK, {
    save: (changed) => {
      const fields = { ...NEW_TASK, ...changed };
      board.track(board.client.create(fields), fields.title);
      end();
    },
    cancel: end,
    typed: (values) => typed.keep(NEW_FORM, values),
  });
  return { element: el("li", { class: "card editing", testid: "new-task-form" }, form.element), form };
}
