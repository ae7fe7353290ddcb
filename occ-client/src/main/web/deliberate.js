/**
 * A decision needs a deliberate act. What appears under a moving finger (a dialog, a button that now
 * means something else) must not take the second click of a double click, the next Enter of a
 * nervous hand, or a key that is still held down: all meant for what was there before.
 *
 * While something settles it is marked `aria-disabled`, so that assistive technology and tests know.
 *
 * @module deliberate
 */

/** Longer than any double click, shorter than reading a title. */
const SETTLE_MILLIS = 800;

/** Longer than the two clicks of a double click lie apart. */
const DOUBLE_CLICK_MILLIS = 600;

/** How far a finger or a mouse strays between them, in pixels. */
const DOUBLE_CLICK_RADIUS = 16;

/** The last time that each element began to settle. @type {WeakMap<Element, object>} */
const begun = new WeakMap();

/** Marks the elements as settling, until they have been in sight for a while; doing it again starts anew. @param {Iterable<Element>} elements */
export function settle(elements) {
  const turn = {};
  const settling = [...elements];
  for (const element of settling) {
    begun.set(element, turn);
    element.setAttribute("aria-disabled", "true");
  }
  const end = () =>
    settling
      .filter((element) => begun.get(element) === turn)
      .forEach((element) => element.removeAttribute("aria-disabled"));
  afterPaint(() => setTimeout(end, SETTLE_MILLIS));
}

/** What a busy browser has not painted yet, nobody has seen. @param {() => void} action */
function afterPaint(action) {
  let done = false;
  const once = () => {
    if (!done) action();
    done = true;
  };
  requestAnimationFrame(once);
  setTimeout(once, SETTLE_MILLIS); // a page that nobody looks at is not painted at all
}

/** @param {Element} element @returns {boolean} */
export function isSettling(element) {
  return element.getAttribute("aria-disabled") === "true";
}

/** Whether a held key repeats itself on a button or in a field, where it would act again and again. @param {KeyboardEvent} event */
export function isRepeatedActivation(event) {
  return event.repeat && (event.key === "Enter" || event.key === " ") && !(event.target instanceof HTMLTextAreaElement);
}

/**
 * The second click of a double click belongs to what the first one hit. Where that made room for
 * another control, under the same finger, it is not meant for that.
 * @param {Document} document
 */
export function guardDoubleClicks(document) {
  let last = { at: -Infinity, x: 0, y: 0, control: /** @type {Element | null} */ (null) };
  const guard = (/** @type {MouseEvent} */ event) => {
    const [target] = event.composedPath(); // inside a custom element too
    if (event.detail === 0 || !(target instanceof Element)) return;
    const control = target.closest("button, input, select, textarea, a, label");
    const { timeStamp: at, clientX: x, clientY: y } = event;
    const again = at - last.at < DOUBLE_CLICK_MILLIS && Math.hypot(x - last.x, y - last.y) < DOUBLE_CLICK_RADIUS;
    if (again && control !== last.control) {
      event.preventDefault();
      event.stopImmediatePropagation();
      last = { ...last, at };
    } else last = { at, x, y, control };
  };
  document.addEventListener("click", guard, { capture: true });
}

/** Watches over a dialog whose content is put there anew each time it is shown. */
export class Deliberation {
  /** Whether a field was changed since the content was put there. */ #touched = false;
  /** Whether the last press of a pointer began after the dialog had settled. */ #pressed = false;

  /** @param {HTMLElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    dialog.addEventListener("input", () => (this.#touched = true));
    dialog.addEventListener("keydown", this.#key, { capture: true });
    for (const type of ["pointerdown", "mousedown", "click"]) {
      dialog.addEventListener(type, this.#pointer, { capture: true });
    }
  }

  /** Call it when new content has been put into the dialog. */
  begin() {
    this.#touched = false;
    this.#pressed = false;
    settle(this.#controls);
  }

  /** @returns {Element[]} */
  get #controls() {
    return [...this.dialog.querySelectorAll("button, input, select, textarea")];
  }

  /** @param {Event} event */
  #pointer = (event) => {
    // A click without a count comes from a key, or from assistive technology: nobody hits it by chance.
    if (event.type === "click" && /** @type {MouseEvent} */ (event).detail === 0) return;
    if (event.type === "pointerdown") this.#pressed = !this.#controls.some(isSettling);
    if (this.#pressed) return;
    event.preventDefault();
    event.stopPropagation();
    settle(this.#controls);
  };

  /** @param {KeyboardEvent} event */
  #key = (event) => {
    const inField = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    const untouched = event.key === "Enter" && inField && !this.#touched;
    if (untouched || isRepeatedActivation(event)) event.preventDefault();
  };
}
