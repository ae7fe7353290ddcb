/**
 * How the conflict dialog shows and edits one field, by the schema that the application gives.
 *
 * @module occ-fields
 */

import { el } from "./occ-dom.js";

/** @typedef {import("./occ-texts.js").Texts} Texts */

/**
 * One field of the entity. `own` is an element of the application's, put into the dialog as
 * `<my-element slot="field-NAME">`: it has a `value` and fires `input`.
 * @typedef {Object} Field
 * @property {string} name the member of the entity
 * @property {string} [label] what people call it; else its name
 * @property {string} [named] the same within a sentence, such as "el título"
 * @property {"text" | "long" | "choice" | "date" | "number" | "yesno" | "own"} [type] text where nothing is said
 * @property {ReadonlyArray<{value: any, label: string}>} [choices]
 * @property {(value: any) => string} [format] how a value reads where it is not edited
 * @property {number} [maxlength]
 * @property {boolean} [required]
 */

/** @param {Field} field @returns {string} */
export const labelOf = ({ name, label }) => label ?? name;

/** @param {Field} field @param {any} value @param {Texts} texts @returns {string} how a value reads */
export function shown(field, value, texts) {
  if (field.format) return field.format(value);
  if (value === null || value === undefined) return "";
  if (field.type === "choice") return field.choices?.find((choice) => choice.value === value)?.label ?? String(value);
  if (field.type === "yesno") return value ? texts.yes : texts.no;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The control in which the result is put together. What it shows unchanged stays the very value it was given. */
export class Control {
  /** Browsers change some text on its way into a control (line ends, for one). @type {{raw: any, value: any}} */ #given =
    { raw: undefined, value: undefined };

  /** @param {Field} field @param {HTMLElement | null} own the application's element */
  constructor(field, own) {
    this.field = field;
    const { type, name, maxlength, required, choices = [] } = field;
    const common = { name, id: `result-${name}`, testid: `mine-${name}`, part: "input", autocomplete: "off", required, maxlength };
    if (type === "own") this.element = own ?? el("input", common);
    else if (type === "long") this.element = el("textarea", { ...common, rows: 3 });
    else if (type === "choice")
      this.element = el("select", common, ...choices.map(({ label }, at) => el("option", { value: String(at), text: label })));
    else this.element = el("input", { ...common, type: INPUTS[type ?? "text"] });
  }

  /** @param {any} value */
  fill(value) {
    const { type, choices = [] } = this.field;
    if (type === "own") this.element.value = value;
    else if (type === "yesno") this.element.checked = value === true;
    else if (type === "choice") this.element.selectedIndex = choices.findIndex((choice) => choice.value === value);
    else this.element.value = value ?? "";
    this.#given = { raw: this.#raw, value };
  }

  /** @returns {any} */
  get #raw() {
    const { type } = this.field;
    return type === "yesno" ? this.element.checked : type === "choice" ? this.element.selectedIndex : this.element.value;
  }

  /** @returns {any} */
  get value() {
    const raw = this.#raw;
    if (raw === this.#given.raw) return this.#given.value;
    const { type, choices = [] } = this.field;
    if (type === "choice") return choices[raw]?.value;
    if (type === "number") return raw === "" ? null : Number(raw);
    return type === "date" && raw === "" ? null : raw;
  }
}

/** @type {Record<string, string>} */
const INPUTS = { text: "text", number: "number", date: "date", yesno: "checkbox" };
