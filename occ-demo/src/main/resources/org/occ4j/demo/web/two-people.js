/**
 * Two people at one server, side by side, and what the network does to each.
 *
 * @module two-people
 */

import { el } from "./dom.js";
import { messagesFor } from "./messages.js";
import { NETWORKS } from "./network.js";

const messages = messagesFor(navigator.language);

/** @param {string} name */
function person(name) {
  const frame = /** @type {HTMLIFrameElement} */ (
    el("iframe", { title: messages.boardOf(name), testid: `board-${name}`, src: `/?name=${encodeURIComponent(name)}` })
  );
  const network = /** @type {HTMLSelectElement} */ (
    el(
      "select",
      { testid: `network-${name}` },
      ...NETWORKS.map((value) => el("option", { value, text: messages.networks[value] })),
    )
  );
  const set = () => {
    const board = frame.contentWindow;
    if (!board) return;
    board.document.documentElement.dataset.network = network.value;
    // As a browser tells a page: what waits for the network need not wait out its pause.
    board.dispatchEvent(new Event(network.value === "offline" ? "offline" : "online"));
  };
  network.addEventListener("change", set);
  frame.addEventListener("load", set);
  const head = el("div", {}, el("h2", { text: name }), el("label", {}, el("span", { text: messages.network }), network));
  return el("section", { class: "person", "aria-label": messages.boardOf(name) }, head, frame);
}

document.documentElement.lang = messages.language;
document.title = messages.twoPeople;
for (const element of document.querySelectorAll("[data-text]")) {
  element.textContent = String(messages[/** @type {"twoPeople"} */ (element.getAttribute("data-text"))]);
}
document.getElementById("people")?.append(person("Ana"), person("Berta"));
