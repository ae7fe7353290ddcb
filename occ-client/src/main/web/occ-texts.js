/**
 * What the conflict dialog says, in English and Spanish. Take one, replace what you like, and give it
 * to the dialog as `texts`.
 *
 * @module occ-texts
 */

/** Who and what, for the texts that name them. @typedef {{who: string, when: string, own: boolean}} Author */

export const ENGLISH = {
  title: "This task changed while you were editing it",
  titleFits: "This task changed while you were editing it: it all fits together",
  titleDeleted: "This task was deleted while you were editing it",
  titleRemoving: "This task changed before you deleted it",
  changed: (/** @type {Author} */ { who, when, own }) =>
    own ? `You saved another version yourself ${when}, in another tab or window.` : `${who} saved another version ${when}.`,
  decide: (/** @type {Author} */ { own }) => /** @type {string} */ (
    own ? "Where you changed the same field in both places, you decide." : "Where you both changed the same field, you decide."
  ),
  combined: "Both changes fit together: there is nothing to decide.",
  withinText: "The rest of the text is combined already; only what is marked collides.",
  removing: (/** @type {Author} */ { who, own }) =>
    own ? "Look at what you changed there before you delete it." : `Look at what ${who} changed before you delete it.`,
  deleted: "Nothing more can be saved to it as it is. Your text is here; nothing is lost.",
  movedAgain: "It has changed once more. What you decided is kept.",
  newer: "It has just changed again.",
  showNewer: "Show what is new",
  server: (/** @type {Author} */ { who, own }) => (own ? "On the server: you, in the other place" : `On the server: ${who}`),
  mine: "Your change",
  result: "Will be saved as",
  before: "Before:",
  empty: "(empty)",
  toDecide: (/** @type {number} */ count) => `${count} to decide`,
  decided: "All decided",
  marks: {
    both: "Both changed it",
    mine: "Only you changed it",
    theirs: "Only they changed it",
    same: "Both made the same change",
    combined: "Both changed it, in different places",
  },
  ownMarks: {
    both: "You changed it in both places",
    mine: "Changed only here",
    theirs: "Changed only in the other place",
    same: "The same change in both places",
    combined: "Changed in both, where they do not collide",
  },
  untouched: (/** @type {string} */ names) => `Unchanged: ${names}`,
  yes: "Yes",
  no: "No",
  apply: "Refresh and apply my changes",
  applying: "Applying…",
  discard: "Discard my changes",
  removeAnyway: "Delete anyway",
  deleting: "Deleting…",
  keep: "Do not delete",
  restore: "Restore it with my changes",
  saveAsNew: "Save as a new task",
  giveUp: "Give up my changes",
  later: "Decide later",
  copy: "Copy my text",
  copied: "Copied",
  unreachable: "The server cannot be reached just now. Nothing is lost; please try again.",
  notUnderstood: "The server's answer was not understood. Nothing is lost; please try again later.",
  combinedNotice: (/** @type {string} */ mine, /** @type {string} */ theirs, /** @type {Author} */ { who, own }) =>
    own ? `Combined: ${mine} + ${theirs} from your other tab` : `Combined: your ${mine} + ${theirs} by ${who}`,
  undo: "Undo",
  and: "and",
  somebody: "somebody",
  justNow: "just now",
};

/** @typedef {typeof ENGLISH} Texts */

/** @type {Texts} */
export const SPANISH = {
  title: "Esta tarea cambió mientras la editabas",
  titleFits: "Esta tarea cambió mientras la editabas: todo encaja",
  titleDeleted: "Esta tarea se eliminó mientras la editabas",
  titleRemoving: "Esta tarea cambió antes de que la eliminaras",
  changed: ({ who, when, own }) =>
    own ? `Tú guardaste otra versión ${when}, en otra pestaña o ventana.` : `${who} guardó otra versión ${when}.`,
  decide: ({ own }) =>
    own ? "Donde cambiaste el mismo campo en ambos sitios, decides tú." : "Donde ambos cambiaron el mismo campo, decides tú.",
  combined: "Los dos cambios caben juntos: no hay nada que decidir.",
  withinText: "El resto del texto ya está combinado; solo choca lo marcado.",
  removing: ({ who, own }) => (own ? "Antes, mira lo que cambiaste allí." : `Antes, mira lo que cambió ${who}.`),
  deleted: "Ya no se puede guardar nada en ella tal como está. Tu texto sigue aquí; no se ha perdido nada.",
  movedAgain: "Ha cambiado una vez más. Lo que decidiste se conserva.",
  newer: "Acaba de cambiar otra vez.",
  showNewer: "Ver lo nuevo",
  server: ({ who, own }) => (own ? "En el servidor: tú, en el otro sitio" : `En el servidor: ${who}`),
  mine: "Tu cambio",
  result: "Se guardará",
  before: "Antes:",
  empty: "(vacío)",
  toDecide: (count) => `${count} por decidir`,
  decided: "Todo decidido",
  marks: {
    both: "Ambos lo cambiaron",
    mine: "Solo lo cambiaste tú",
    theirs: "Solo lo cambió la otra persona",
    same: "Ambos hicieron el mismo cambio",
    combined: "Ambos lo cambiaron, en partes distintas",
  },
  ownMarks: {
    both: "Lo cambiaste en ambos sitios",
    mine: "Solo lo cambiaste aquí",
    theirs: "Solo lo cambiaste en el otro sitio",
    same: "El mismo cambio en ambos sitios",
    combined: "Cambiado en ambos sitios, sin chocar",
  },
  untouched: (names) => `Sin cambios: ${names}`,
  yes: "Sí",
  no: "No",
  apply: "Refrescar y aplicar mis cambios",
  applying: "Aplicando…",
  discard: "Descartar mis cambios",
  removeAnyway: "Borrar de todos modos",
  deleting: "Borrando…",
  keep: "No borrar",
  restore: "Restaurarla con mis cambios",
  saveAsNew: "Guardar como tarea nueva",
  giveUp: "Renunciar a mis cambios",
  later: "Decidir más tarde",
  copy: "Copiar mi texto",
  copied: "Copiado",
  unreachable: "Ahora no se puede contactar con el servidor. No se ha perdido nada; inténtalo de nuevo.",
  notUnderstood: "No se entendió la respuesta del servidor. No se ha perdido nada; inténtalo más tarde.",
  combinedNotice: (mine, theirs, { who, own }) =>
    own ? `Combinado: ${mine} + ${theirs} de tu otra pestaña` : `Combinado: tu ${mine} + ${theirs} de ${who}`,
  undo: "Deshacer",
  and: "y",
  somebody: "alguien",
  justNow: "ahora mismo",
};

/** @param {string} language a BCP 47 tag such as `es-MX` @returns {Texts} Spanish where asked for, else English */
export function textsFor(language) {
  return /^es\b/i.test(language) ? SPANISH : ENGLISH;
}

const UNITS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
]);

/** To make one takes longer than to use it a hundred times. @type {Map<string, Intl.RelativeTimeFormat>} */
const formats = new Map();

/** @param {string} language */
function formatOf(language) {
  const format = formats.get(language) ?? new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  formats.set(language, format);
  return format;
}

/**
 * "5 minutes ago", in the reader's language.
 * @param {string | null | undefined} instant ISO 8601 @param {string} language @param {{justNow: string}} texts
 * @returns {string} empty when there is none
 */
export function ago(instant, language, texts) {
  const seconds = (Date.parse(instant ?? "") - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return "";
  const found = UNITS.find(([, length]) => -seconds >= length);
  // Also where this clock runs behind the server's: nothing was changed in the future.
  if (!found) return texts.justNow;
  const [unit, length] = found;
  return formatOf(language).format(Math.ceil(seconds / length), unit);
}
