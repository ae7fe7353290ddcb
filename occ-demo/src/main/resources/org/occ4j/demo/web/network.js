/**
 * What the network does to this page, as the page of two people asks for it by `data-network`.
 *
 * @module network
 */

export const NETWORKS = /** @type {const} */ (["normal", "slow", "lost", "offline"]);

const SLOW_MILLIS = 3_000;

/** A `fetch` over that network. @param {string} url @param {RequestInit} init @returns {Promise<Response>} */
export async function overNetwork(url, init) {
  const network = document.documentElement.dataset.network;
  if (network === "offline") throw new TypeError("offline");
  if (network === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MILLIS));
  const answer = await fetch(url, init);
  // It was carried out, and nobody hears of it.
  if (network === "lost" && (init.method ?? "GET") !== "GET") throw new TypeError("the answer was lost");
  return answer;
}
