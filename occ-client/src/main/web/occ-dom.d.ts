/**
 * A few words for building the page. Text from people goes through `textContent` or `value` only,
 * never through markup, so nothing that anybody types can become part of the page.
 *
 * @module occ-dom
 */
/**
 * Makes an element. Properties: `class`, `text`, `on` (listeners by event name), `testid`; a
 * boolean sets or leaves out an attribute; anything else is an attribute.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null | undefined)} children null and undefined are skipped
 * @returns {any} the element
 */
export function el(tag: string, properties?: Record<string, any>, ...children: (Node | string | null | undefined)[]): any;
/**
 * Sets the text if it differs; an unchanged live region must not be read out again.
 * @param {Element} element @param {string} text
 */
export function say(element: Element, text: string): void;
