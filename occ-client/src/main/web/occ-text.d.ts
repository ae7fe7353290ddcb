/** @param {string} base @param {string} mine @param {string} theirs @param {TextUnit} unit @returns {MergedText} */
export function mergeText(base: string, mine: string, theirs: string, unit: TextUnit): MergedText;
export function withLineFeeds(text: string): string;
/**
 * short lines such as lists, or prose
 */
export type TextUnit = "lines" | "words";
/**
 * Both are the merged text; they differ in the conflicts alone, which hold what that side wrote.
 */
export type MergedText = {
    mine: string;
    theirs: string;
};
