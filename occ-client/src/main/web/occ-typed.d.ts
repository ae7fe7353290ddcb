/**
 * Keeps what was typed into an open form until it is saved or given up, so that a reload or a crash
 * of the page brings it back. Each tab has its own (sessionStorage); a browser that restores its tabs
 * after a crash restores this too.
 *
 * @module occ-typed
 */
export class TypedText {
    /** @param {string} name whose forms these are @param {() => Storage | undefined} [storage] */
    constructor(name: string, storage?: () => Storage | undefined);
    /** Why the last text could not be kept, null when it could. @type {unknown} */ trouble: unknown;
    prefix: string;
    storage: () => Storage | undefined;
    /** @param {string} form @param {any} typed as JSON can write it */
    keep(form: string, typed: any): void;
    /** @param {string} form @returns {any} what was typed there, undefined for nothing */
    read(form: string): any;
    /** @param {string} form */
    drop(form: string): void;
    #private;
}
