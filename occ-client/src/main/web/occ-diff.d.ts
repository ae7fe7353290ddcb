/** @param {string} text @param {string} [language] @returns {string[]} */
export function wordsOf(text: string, language?: string): string[];
/** @param {string} text @returns {string[]} each with its line end */
export function linesOf(text: string): string[];
/**
 * The runs that two lists have in common, in order.
 * @param {readonly string[]} a @param {readonly string[]} b
 * @returns {Array<{a: number, b: number, length: number}>}
 */
export function commonRuns(a: readonly string[], b: readonly string[]): Array<{
    a: number;
    b: number;
    length: number;
}>;
/**
 * Both texts in pieces, those that they have in common and those that they have not.
 * @param {string} one @param {string} other @param {string} [language]
 * @returns {[Piece[], Piece[]]}
 */
export function difference(one: string, other: string, language?: string): [Piece[], Piece[]];
export type Piece = {
    text: string;
    same: boolean;
};
