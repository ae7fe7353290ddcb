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
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") element.textContent = value;
    else if (name === "testid") element.dataset.testid = value;
    else if (name === "on")
      Object.entries(value).forEach(([type, listener]) => element.addEventListener(type, /** @type {any} */ (listener)));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flatMap((child) => child ?? []));
  return element;
}

/**
 * Sets the text if it differs; an unchanged live region must not be read out again.
 * @param {Element} element @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
