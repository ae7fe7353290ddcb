/**
 * Every text of the page, in English and Spanish.
 *
 * @module messages
 */

const ENGLISH = {
  language: "en",
  board: "Task board",
  twoPeople: "Two people",
  oneBoard: "One board",
  boardOf: (/** @type {string} */ name) => `${name}’s board`,
  network: "Network",
  networks: { normal: "normal", slow: "slow", lost: "answers get lost", offline: "offline" },
  yourName: "Your name",
  newTask: "New task",
  columns: { todo: "To do", doing: "Doing", done: "Done" },
  nothingHere: "Nothing here",
  fields: { title: "Title", description: "Description", status: "Status", assignee: "Assignee" },
  named: { title: "the title", description: "the description", status: "the status", assignee: "the assignee" },
  edit: "Edit",
  editTask: (/** @type {string} */ title) => `Edit “${title}”`,
  moveTo: (/** @type {string} */ column, /** @type {string} */ title) => `Move “${title}” to ${column}`,
  save: "Save",
  cancel: "Cancel",
  remove: "Delete",
  reallyRemove: "Really delete?",
  changedBy: (/** @type {string} */ who, /** @type {string} */ when) => `Edited by ${who} ${when}`,
  changedByYou: (/** @type {string} */ when) => `Edited by you ${when}`,
  editing: (/** @type {string} */ who, /** @type {number} */ count) => `${who} ${count === 1 ? "is" : "are"} editing`,
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
};

/** @typedef {typeof ENGLISH} Messages */

/** @type {Messages} */
const SPANISH = {
  language: "es",
  board: "Tablero de tareas",
  twoPeople: "Dos personas",
  oneBoard: "Un tablero",
  boardOf: (name) => `El tablero de ${name}`,
  network: "Red",
  networks: { normal: "normal", slow: "lenta", lost: "se pierden las respuestas", offline: "sin conexión" },
  yourName: "Tu nombre",
  newTask: "Nueva tarea",
  columns: { todo: "Por hacer", doing: "En curso", done: "Hecho" },
  nothingHere: "Nada por aquí",
  fields: { title: "Título", description: "Descripción", status: "Estado", assignee: "Responsable" },
  named: { title: "el título", description: "la descripción", status: "el estado", assignee: "el responsable" },
  edit: "Editar",
  editTask: (title) => `Editar «${title}»`,
  moveTo: (column, title) => `Mover «${title}» a ${column}`,
  save: "Guardar",
  cancel: "Cancelar",
  remove: "Eliminar",
  reallyRemove: "¿Eliminar de verdad?",
  changedBy: (who, when) => `Editada por ${who} ${when}`,
  changedByYou: (when) => `Editada por ti ${when}`,
  editing: (who, count) => `${who} ${count === 1 ? "está" : "están"} editando`,
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
};

/** @param {string} language a BCP 47 tag such as `es-MX` @returns {Messages} Spanish where asked for, else English */
export function messagesFor(language) {
  return /^es\b/i.test(language) ? SPANISH : ENGLISH;
}

export { ago } from "/webjars/occ4j/occ-texts.js";
