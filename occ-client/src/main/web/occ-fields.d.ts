/** @param {Field} field @param {any} value @param {Texts} texts @returns {string} how a value reads */
export function shown(field: Field, value: any, texts: Texts): string;
export function labelOf({ name, label }: Field): string;
/** The control in which the result is put together. What it shows unchanged stays the very value it was given. */
export class Control {
    /** @param {Field} field @param {HTMLElement | null} own the application's element */
    constructor(field: Field, own: HTMLElement | null);
    field: Field;
    element: any;
    /** @param {any} value */
    fill(value: any): void;
    /** @returns {any} */
    get value(): any;
    #private;
}
export type Texts = import("./occ-texts.js").Texts;
/**
 * One field of the entity. `own` is an element of the application's, put into the dialog as
 * `<my-element slot="field-NAME">`: it has a `value` and fires `input`.
 */
export type Field = {
    /**
     * the member of the entity
     */
    name: string;
    /**
     * what people call it; else its name
     */
    label?: string | undefined;
    /**
     * the same within a sentence, such as "el título"
     */
    named?: string | undefined;
    /**
     * text where nothing is said
     */
    type?: "number" | "long" | "text" | "own" | "choice" | "date" | "yesno" | undefined;
    choices?: readonly {
        value: any;
        label: string;
    }[] | undefined;
    /**
     * how a value reads where it is not edited
     */
    format?: ((value: any) => string) | undefined;
    maxlength?: number | undefined;
    required?: boolean | undefined;
};
