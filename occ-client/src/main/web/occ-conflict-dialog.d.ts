export class ConflictDialog extends HTMLElement {
    /** @type {OptimisticClient | null} */ client: OptimisticClient | null;
    /** @type {readonly Field[]} */ fields: readonly Field[];
    dialog: any;
    notice: any;
    deliberation: Deliberation;
    set texts(texts: Texts);
    /** What it says; by default Spanish or English, as `lang` asks. @returns {Texts} */
    get texts(): Texts;
    /** @returns {string} */
    get language(): string;
    /**
     * Shows the edit's conflict. While another one is open this does nothing: nobody is pulled away in
     * the middle of a decision. Show it again when that one is closed.
     * @param {PendingEdit} edit CONFLICTED
     * @returns {Promise<void>} when it is closed, decided or not
     */
    show(edit: PendingEdit): Promise<void>;
    error: any;
    counter: any;
    newer: any;
    #private;
}
export type OptimisticClient = import("./occ-client.js").OptimisticClient;
export type PendingEdit = import("./occ-client.js").PendingEdit;
export type Conflict = import("./occ-client.js").Conflict;
export type Change = import("./occ-client.js").Change;
export type Field = import("./occ-fields.js").Field;
export type Texts = import("./occ-texts.js").Texts;
import { Deliberation } from "./deliberate.js";
export { ENGLISH, SPANISH, textsFor } from "./occ-texts.js";
