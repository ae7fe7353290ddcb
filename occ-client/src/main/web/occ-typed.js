/**
 * Keeps what was typed into an open form until it is saved or given up, so that a reload or a crash
 * of the page brings it back. Each tab has its own (sessionStorage); a browser that restores its tabs
 * after a crash restores this too.
 *
 * @module occ-typed
 */

export class TypedText {
  /** Why the last text could not be kept, null when it could. @type {unknown} */ trouble = null;
  /** What is typed, also where the browser keeps nothing. @type {Map<string, string>} */ #typed = new Map();

  /** @param {string} name whose forms these are @param {() => Storage | undefined} [storage] */
  constructor(name, storage = () => globalThis.sessionStorage) {
    this.prefix = `occ4j.typed.${name}.`;
    this.storage = storage;
  }

  /** @param {string} form @param {any} typed as JSON can write it */
  keep(form, typed) {
    const text = JSON.stringify(typed);
    this.#typed.set(form, text);
    this.#ask((storage) => storage.setItem(this.prefix + form, text));
  }

  /** @param {string} form @returns {any} what was typed there, undefined for nothing */
  read(form) {
    const text = this.#typed.get(form) ?? this.#ask((storage) => storage.getItem(this.prefix + form));
    return text ? JSON.parse(text) : undefined;
  }

  /** @param {string} form */
  drop(form) {
    this.#typed.delete(form);
    this.#ask((storage) => storage.removeItem(this.prefix + form));
  }

  /** @template T @param {(storage: Storage) => T} action @returns {T | undefined} */
  #ask(action) {
    try {
      const storage = this.storage(); // where it is forbidden, the mere look throws
      if (!storage) throw new Error("this browser offers no sessionStorage here");
      const result = action(storage);
      this.trouble = null;
      return result;
    } catch (cause) {
      this.trouble = cause;
      return undefined;
    }
  }
}
