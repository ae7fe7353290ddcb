/**
 * Every text of the page, in English and Spanish.
 *
 * @module messages
 */

const ENGLISH = {
  language: "en",
  board: "Task board",
  yourName: "Your name",
  newTask: "New task",
  columns: { todo: "To do", doing: "Doing", done: "Done" },
  nothingHere: "Nothing here",
  fields: { title: "Title", description: "Description", status: "Status", assignee: "Assignee" },
  edit: "Edit",
  editTask: (/** @type {string} */ title) => `Edit “${title}”`,
  moveTo: (/** @type {string} */ column, /** @type {string} */ title) => `Move “${title}” to ${column}`,
  save: "Save",
  cancel: "Cancel",
  remove: "Delete",
  reallyRemove: "Really delete?",
  changedBy: (/** @type {string} */ who, /** @type {string} */ when) => `Edited by ${who} ${when}`,
  changedByYou: (/** @type {string} */ when) => `Edited by you ${when}`,
  justNow: "just now",
  nobody: "somebody",
  guest: "Guest",
  state: {
    idle: "",
    saving: "Saving…",
    removing: "Deleting…",
    saved: "Saved",
    offline: "Offline, will retry",
    conflict: "Needs your decision",
    unknown: "No answer: may or may not be saved",
    rejected: "Not saved",
    gone: "Deleted on the server",
  },
  review: "Review",
  sendAgain: "Send again",
  editAgain: "Edit again",
  discard: "Discard",
  movedMeanwhile: (/** @type {string} */ who) =>
    `${who} changed this task meanwhile. Your text stays as it is; when you save, you will see both.`,
  movedByYou:
    "You changed this task in another tab meanwhile. Your text stays as it is; when you save, you will see both.",
  goneMeanwhile: "This task was deleted meanwhile. Your text stays as it is.",
  notUnderstood: "The server's answer was not understood",
  status: {
    loading: "Loading…",
    current: "Up to date",
    offline: "Offline, will retry",
    saving: (/** @type {number} */ count) => (count === 1 ? "Saving a change…" : `Saving ${count} changes…`),
    saved: (/** @type {string} */ title) => `Saved “${title}”`,
    removed: (/** @type {string} */ title) => `Deleted “${title}”`,
    discarded: "Your changes were discarded",
    kept: (/** @type {string} */ title) => `“${title}” was not deleted`,
    notUnderstood: "The server's answer was not understood; what you see may be out of date",
    notKept: {
      full: "The browser's storage is full: unsaved changes will be lost if you close this page",
      other: "The browser keeps nothing here: unsaved changes will be lost if you close this page",
    },
    unchanged: "Nothing to save",
    conflict: (/** @type {string} */ title) => `“${title}” needs your decision`,
    rejected: (/** @type {string} */ reason) => `Not saved: ${reason}`,
  },
  conflict: {
    title: "This task changed while you were editing it",
    changed: (/** @type {string} */ who, /** @type {string} */ when) =>
      `${who} saved another version ${when}.`,
    changedByYou: (/** @type {string} */ when) =>
      `You saved another version yourself ${when}, in another tab or window.`,
    mergedOwn:
      "Changes to different fields are already put together. Where you changed the same field in both places, you decide.",
    merged:
      "Changes to different fields are already put together. Where you both changed the same field, you decide.",
    removing: (/** @type {string} */ who) =>
      `You wanted to delete it. Look at what ${who} changed before you do.`,
    removingOwn: "You wanted to delete it. Look at what you changed there before you do.",
    movedAgain: "It has changed once more. What you decided is kept.",
    deleted:
      "This task was deleted on the server. Nothing more can be saved to it; you can copy your text from here.",
    server: "On the server",
    mine: "Your changes",
    before: "Before:",
    marks: {
      both: "Both changed it",
      mine: "Only you changed it",
      theirs: "Only they changed it",
      same: "Both made the same change",
    },
    ownMarks: {
      both: "You changed it in both places",
      mine: "Changed only here",
      theirs: "Changed only in the other place",
      same: "The same change in both places",
    },
    takeTheirs: "Use theirs",
    apply: "Refresh and apply my changes",
    applying: "Applying…",
    discard: "Discard my changes",
    removeAnyway: "Delete anyway",
    deleting: "Deleting…",
    keep: "Do not delete",
    later: "Decide later",
    copy: "Copy my text",
    copied: "Copied",
    unreachable: "The server cannot be reached just now. Nothing is lost; please try again.",
    notUnderstood: "The server's answer was not understood. Nothing is lost; please try again later.",
  },
};

/** @typedef {typeof ENGLISH} Messages */

/** @type {Messages} */
const SPANISH = {
  language: "es",
  board: "Tablero de tareas",
  yourName: "Tu nombre",
  newTask: "Nueva tarea",
  columns: { todo: "Por hacer", doing: "En curso", done: "Hecho" },
  nothingHere: "Nada por aquí",
  fields: { title: "Título", description: "Descripción", status: "Estado", assignee: "Responsable" },
  edit: "Editar",
  editTask: (title) => `Editar «${title}»`,
  moveTo: (column, title) => `Mover «${title}» a ${column}`,
  save: "Guardar",
  cancel: "Cancelar",
  remove: "Eliminar",
  reallyRemove: "¿Eliminar de verdad?",
  changedBy: (who, when) => `Editada por ${who} ${when}`,
  changedByYou: (when) => `Editada por ti ${when}`,
  justNow: "ahora mismo",
  nobody: "alguien",
  guest: "Invitado",
  state: {
    idle: "",
    saving: "Guardando…",
    removing: "Eliminando…",
    saved: "Guardado",
    offline: "Sin conexión, se reintentará",
    conflict: "Necesita tu decisión",
    unknown: "Sin respuesta: quizá no se guardó",
    rejected: "No se guardó",
    gone: "Eliminada en el servidor",
  },
  review: "Revisar",
  sendAgain: "Enviar de nuevo",
  editAgain: "Editar de nuevo",
  discard: "Descartar",
  movedMeanwhile: (who) =>
    `Mientras tanto, ${who} cambió esta tarea. Tu texto sigue como está; al guardar verás ambas versiones.`,
  movedByYou:
    "Mientras tanto, tú cambiaste esta tarea en otra pestaña. Tu texto sigue como está; al guardar verás ambas versiones.",
  goneMeanwhile: "Mientras tanto, esta tarea se eliminó. Tu texto sigue como está.",
  notUnderstood: "No se entendió la respuesta del servidor",
  status: {
    loading: "Cargando…",
    current: "Al día",
    offline: "Sin conexión, se reintentará",
    saving: (count) => (count === 1 ? "Guardando un cambio…" : `Guardando ${count} cambios…`),
    saved: (title) => `«${title}» se guardó`,
    removed: (title) => `«${title}» se eliminó`,
    discarded: "Tus cambios se descartaron",
    kept: (title) => `«${title}» no se borró`,
    notUnderstood: "No se entendió la respuesta del servidor; lo que ves puede no estar al día",
    notKept: {
      full: "El navegador no tiene más espacio: lo que no se haya guardado se perderá si cierras esta página",
      other: "El navegador no conserva nada aquí: lo que no se haya guardado se perderá si cierras esta página",
    },
    unchanged: "No hay nada que guardar",
    conflict: (title) => `«${title}» necesita tu decisión`,
    rejected: (reason) => `No se guardó: ${reason}`,
  },
  conflict: {
    title: "Esta tarea cambió mientras la editabas",
    changed: (who, when) => `${who} guardó otra versión ${when}.`,
    changedByYou: (when) => `Tú guardaste otra versión ${when}, en otra pestaña o ventana.`,
    mergedOwn:
      "Los cambios en campos distintos ya están combinados. Donde cambiaste el mismo campo en ambos sitios, decides tú.",
    merged:
      "Los cambios en campos distintos ya están combinados. Donde ambos cambiaron el mismo campo, decides tú.",
    removing: (who) => `Querías eliminarla. Antes, mira lo que cambió ${who}.`,
    removingOwn: "Querías eliminarla. Antes, mira lo que cambiaste allí.",
    movedAgain: "Ha cambiado una vez más. Lo que decidiste se conserva.",
    deleted:
      "Esta tarea se eliminó en el servidor. Ya no se puede guardar nada en ella; puedes copiar tu texto desde aquí.",
    server: "En el servidor",
    mine: "Tus cambios",
    before: "Antes:",
    marks: {
      both: "Ambos lo cambiaron",
      mine: "Solo lo cambiaste tú",
      theirs: "Solo lo cambió la otra persona",
      same: "Ambos hicieron el mismo cambio",
    },
    ownMarks: {
      both: "Lo cambiaste en ambos sitios",
      mine: "Solo lo cambiaste aquí",
      theirs: "Solo lo cambiaste en el otro sitio",
      same: "El mismo cambio en ambos sitios",
    },
    takeTheirs: "Usar la del servidor",
    apply: "Refrescar y aplicar mis cambios",
    applying: "Aplicando…",
    discard: "Descartar mis cambios",
    removeAnyway: "Borrar de todos modos",
    deleting: "Borrando…",
    keep: "No borrar",
    later: "Decidir más tarde",
    copy: "Copiar mi texto",
    copied: "Copiado",
    unreachable: "Ahora no se puede contactar con el servidor. No se ha perdido nada; inténtalo de nuevo.",
    notUnderstood: "No se entendió la respuesta del servidor. No se ha perdido nada; inténtalo más tarde.",
  },
};

/** @param {string} language a BCP 47 tag such as `es-MX` @returns {Messages} Spanish where asked for, else English */
export function messagesFor(language) {
  return /^es\b/i.test(language) ? SPANISH : ENGLISH;
}

const UNITS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
]);

/**
 * "5 minutes ago", in the reader's language.
 * @param {string | null | undefined} instant ISO 8601 @param {string} language @param {Messages} messages
 * @returns {string} empty when there is none
 */
export function ago(instant, language, messages) {
  const seconds = (Date.parse(instant ?? "") - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return "";
  const found = UNITS.find(([, length]) => -seconds >= length);
  // Also where this clock runs behind the server's: nothing was changed in the future.
  if (!found) return messages.justNow;
  const [unit, length] = found;
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.ceil(seconds / length), unit);
}
