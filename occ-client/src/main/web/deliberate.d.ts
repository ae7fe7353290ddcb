/** Marks the elements as settling, until they have been in sight for a while; doing it again starts anew. @param {Iterable<Element>} elements */
export function settle(elements: Iterable<Element>): void;
/** @param {Element} element @returns {boolean} */
export function isSettling(element: Element): boolean;
/** Whether a held key repeats itself on a button or in a field, where it would act again and again. @param {KeyboardEvent} event */
export function isRepeatedActivation(event: KeyboardEvent): boolean;
/**
 * The second click of a double click belongs to what the first one hit. Where that made room for
 * another control, under the same finger, it is not meant for that.
 * @param {Document} document
 */
export function guardDoubleClicks(document: Document): void;
/** Watches over a dialog whose content is put there anew each time it is shown. */
export class Deliberation {
    /** @param {HTMLElement} dialog */
    constructor(dialog: HTMLElement);
    dialog: HTMLElement;
    /** Call it when new content has been put into the dialog. */
    begin(): void;
    #private;
}
