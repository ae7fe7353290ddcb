/** @param {string} language a BCP 47 tag such as `es-MX` @returns {Texts} Spanish where asked for, else English */
export function textsFor(language: string): Texts;
/**
 * "5 minutes ago", in the reader's language.
 * @param {string | null | undefined} instant ISO 8601 @param {string} language @param {{justNow: string}} texts
 * @returns {string} empty when there is none
 */
export function ago(instant: string | null | undefined, language: string, texts: {
    justNow: string;
}): string;
export namespace ENGLISH {
    let title: string;
    let titleFits: string;
    let titleDeleted: string;
    let titleRemoving: string;
    function changed({ who, when, own }: Author): string;
    function decide({ own }: Author): string;
    let combined: string;
    let withinText: string;
    function removing({ who, own }: Author): string;
    let deleted: string;
    let movedAgain: string;
    let newer: string;
    let showNewer: string;
    function server({ who, own }: Author): string;
    let mine: string;
    let result: string;
    let before: string;
    let empty: string;
    function toDecide(count: number): string;
    let decided: string;
    namespace marks {
        export let both: string;
        let mine_1: string;
        export { mine_1 as mine };
        export let theirs: string;
        export let same: string;
        let combined_1: string;
        export { combined_1 as combined };
    }
    namespace ownMarks {
        let both_1: string;
        export { both_1 as both };
        let mine_2: string;
        export { mine_2 as mine };
        let theirs_1: string;
        export { theirs_1 as theirs };
        let same_1: string;
        export { same_1 as same };
        let combined_2: string;
        export { combined_2 as combined };
    }
    function untouched(names: string): string;
    let yes: string;
    let no: string;
    let apply: string;
    let applying: string;
    let discard: string;
    let removeAnyway: string;
    let deleting: string;
    let keep: string;
    let restore: string;
    let saveAsNew: string;
    let giveUp: string;
    let later: string;
    let copy: string;
    let copied: string;
    let unreachable: string;
    let notUnderstood: string;
    function combinedNotice(mine: string, theirs: string, { who, own }: Author): string;
    let undo: string;
    let and: string;
    let somebody: string;
    let justNow: string;
}
/** @typedef {typeof ENGLISH} Texts */
/** @type {Texts} */
export const SPANISH: Texts;
/**
 * Who and what, for the texts that name them.
 */
export type Author = {
    who: string;
    when: string;
    own: boolean;
};
export type Texts = typeof ENGLISH;
