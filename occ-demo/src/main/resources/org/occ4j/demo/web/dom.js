/**
 * A few lines in place of a framework. Text from people goes through `textContent` or `value`
 * only, never through markup, so nothing that anybody types can become part of the page.
 *
 * @module dom
 */

export { el, say } from "/webjars/occ4j/occ-dom.js";

/**
 * Puts exactly these elements into the parent, in this order, moving as few as it can, and gives
 * the focus back where a move took it away.
 * @param {Element} parent @param {Element[]} elements
 */
export function arrange(parent, elements) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const wanted = new Set(elements);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, at) => {
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
  });
  if (focused && focused !== document.activeElement && parent.contains(focused)) focused.focus();
}
