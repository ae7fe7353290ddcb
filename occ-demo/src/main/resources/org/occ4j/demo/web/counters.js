/**
 * What the library has counted, once a second: a plot of the last two minutes and the numbers.
 *
 * @module counters
 */

import { el, say } from "./dom.js";
import { messagesFor } from "./messages.js";
import { Plot } from "./plot.js";

const ASK_MILLIS = 1_000;
const SAMPLES = 120;
/** What is plotted; all else is numbers alone. */
const PLOTTED = /** @type {const} */ (["applied", "conflicted", "replayed"]);

const messages = messagesFor(navigator.language);
const { counted } = messages;

/** @typedef {Record<string, number>} Counters */

/** @type {{at: number, counters: Counters}[]} */
const samples = [];
/** @type {Map<string, HTMLElement>} */
const cells = new Map();

const plot = new Plot([...PLOTTED], SAMPLES, messages.perSecondAlt);
const rows = el("tbody");
document.getElementById("counters")?.append(
  el(
    "figure",
    {},
    el("figcaption", {}, el("strong", { text: messages.perSecond }), ...PLOTTED.map((name) => el("span", { class: `key ${name}`, text: counted[name] }))),
    plot.element,
  ),
  el("table", {}, rows),
);

/** @param {Counters} counters */
function showNumbers(counters) {
  for (const [name, value] of Object.entries(counters)) {
    let cell = cells.get(name);
    if (!cell) {
      cell = /** @type {HTMLElement} */ (el("td", { testid: `counter-${name}` }));
      cells.set(name, cell);
      rows.append(el("tr", {}, el("th", { scope: "row", text: counted[/** @type {"applied"} */ (name)] }), cell));
    }
    say(cell, value.toLocaleString(navigator.language));
  }
}

/** How many a second, between one sample and the next. @param {string} name @returns {number[]} */
function rates(name) {
  return samples.slice(1).map(({ at, counters }, i) => {
    const before = samples[i];
    // A board that was started anew counts from nothing.
    return Math.max(0, ((counters[name] - before.counters[name]) * 1_000) / (at - before.at));
  });
}

async function ask() {
  try {
    const answer = await fetch("stats");
    const counters = /** @type {Counters} */ (await answer.json());
    samples.push({ at: performance.now(), counters });
    if (samples.length > SAMPLES) samples.shift();
    showNumbers(counters);
    plot.show(PLOTTED.map(rates));
  } catch {
    // The board is away; the numbers stay as they were.
  }
  setTimeout(ask, ASK_MILLIS);
}

document.documentElement.lang = messages.language;
document.title = messages.counters;
for (const element of document.querySelectorAll("[data-text]")) {
  element.textContent = String(messages[/** @type {"counters"} */ (element.getAttribute("data-text"))]);
}
void ask();
