/**
 * The page: one client, the cards over its views, the status line, and what other people do, as the
 * server tells it, or by asking where it does not.
 *
 * @module board
 */

import "/webjars/occ4j/occ-conflict-dialog.js";
import { guardDoubleClicks } from "/webjars/occ4j/deliberate.js";
import { arrange, el, say } from "./dom.js";
import { messagesFor } from "./messages.js";
import { OptimisticClient } from "/webjars/occ4j/occ-client.js";
import { BrowserJournal } from "/webjars/occ4j/occ-journal.js";
import { LiveChanges } from "/webjars/occ4j/occ-live.js";
import { Presence } from "/webjars/occ4j/occ-presence.js";
import { TypedText } from "/webjars/occ4j/occ-typed.js";
import { overNetwork } from "./network.js";
import { OwnTabs } from "./own-tabs.js";
import { DRAGGED, TaskCard, reasonOf } from "./task-card.js";
import { NEW_FORM, STATUSES, fieldsOf, newTaskForm } from "./task-form.js";

/** @typedef {import("/webjars/occ4j/occ-client.js").PendingEdit} PendingEdit */

const POLL_MILLIS = 3_000;
/** How often to ask all the same while the server tells of changes. */
const QUIET_POLL_MILLIS = 60_000;
/** A server that is down is asked less and less often, up to this. */
const MAX_POLL_MILLIS = 20_000;

const language = navigator.language;
const messages = messagesFor(language);
const nameField = /** @type {HTMLInputElement} */ (document.getElementById("user-name"));
const statusLine = /** @type {HTMLElement} */ (document.getElementById("status-line"));
const newTask = /** @type {HTMLButtonElement} */ (document.getElementById("new-task"));

/** @type {Map<string, TaskCard>} */
const cards = new Map();
/** @type {{element: HTMLElement, form: import("./task-form.js").TaskForm} | null} */
let draft = null;
let lastNews = "";
let online = true;
let understood = true;
let loaded = false;
let scheduled = false;

/** Who is here, on the page of two people; else whoever writes a name into the field. */
const parameters = new URLSearchParams(location.search);
const given = parameters.get("name");
/** A test asks for this, to see what is told without it. */
const polls = parameters.get("poll") !== "never";
const keptUnder = given ? `tasks of ${given}` : "tasks";

const tabs = new OwnTabs();
const userName = () => nameField.value.trim() || messages.guest;

const client = new OptimisticClient({
  url: "tasks",
  items: (body) => body,
  user: userName,
  headers: (user) => ({ "X-User": headerText(user ?? messages.guest) }),
  // A name is somebody's; guests are all called alike, so only the browser's own tabs know.
  isOwn: (task) => task.updatedBy === userName() && (nameField.value.trim() !== "" || tabs.wrote(task)),
  onConflict: review,
  text: { description: "words" },
  journal: new BrowserJournal(keptUnder),
  fetch: overNetwork,
});
const typed = new TypedText(keptUnder);

const live = new LiveChanges(client, {
  url: "events",
  source: "task",
  onConnected: () => (changed(), listen?.()),
  onError: (error) => {
    console.error(error);
    understood = false;
    changed();
  },
});
const presence = new Presence(live, {
  url: "presence",
  headers: () => ({ "X-User": headerText(userName()) }),
  isMe: (who) => who === userName(),
  onChange: changed,
  fetch: overNetwork,
});
/** Asks for news if nobody tells of them. @type {(() => void) | undefined} */
let listen;

/** @type {import("./task-card.js").Board} */
const board = { client, messages, typed, language, presence, track, announce, review };

const dialog = /** @type {import("/webjars/occ4j/occ-conflict-dialog.js").ConflictDialog} */ (
  document.querySelector("occ-conflict-dialog")
);
dialog.addEventListener("occ-created", (event) => {
  const created = /** @type {CustomEvent} */ (event).detail;
  track(created, String(created.patch.title));
});
Object.assign(dialog, { client, fields: fieldsOf(messages), lang: language });
dialog.toggleAttribute("combine-quietly", parameters.has("combine-quietly"));

const columns = STATUSES.map((status) => {
  const count = el("span", { class: "count" });
  const list = el("ul", { class: "cards", "aria-label": messages.columns[status] });
  const empty = el("p", { class: "empty", text: messages.nothingHere });
  const heading = el("h2", {}, el("span", { class: "ring" }), messages.columns[status], count);
  const section = el("section", { class: `column ${status}`, testid: `column-${status}` }, heading, list, empty);
  takeDrops(section, status);
  document.getElementById("columns")?.append(section);
  return { status, list, count, empty };
});

/** A card that is dropped on the column moves there. @param {HTMLElement} section @param {string} status */
function takeDrops(section, status) {
  const mark = (/** @type {boolean} */ over) => section.classList.toggle("over", over);
  section.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes(DRAGGED)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    mark(true);
  });
  section.addEventListener("dragleave", (event) => mark(section.contains(/** @type {Node | null} */ (event.relatedTarget))));
  section.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    cards.get(event.dataTransfer?.getData(DRAGGED) ?? "")?.moveTo(status);
  });
}

/** What a header may carry: plain words as they are, anything else percent-encoded. @param {string} name */
function headerText(name) {
  return /^[\w .-]*$/.test(name) ? name : encodeURIComponent(name);
}

/** Renders once after all changes of this turn. */
function changed() {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    render();
  });
}

function render() {
  const views = client.views();
  for (const view of views) {
    tabs.tell(view);
    const card = cards.get(view.identity);
    if (card) card.update(view);
    else cards.set(view.identity, new TaskCard(board, view));
    cards.get(view.identity)?.showOthers(presence.others(view.key));
  }
  const shown = new Set(views.map(({ identity }) => identity));
  for (const identity of [...cards.keys()]) if (!shown.has(identity)) cards.delete(identity);
  for (const { status, list, count, empty } of columns) {
    const here = [...cards.values()].filter((card) => homeOf(card) === status).map(({ element }) => element);
    arrange(list, draft && status === "todo" ? [draft.element, ...here] : here);
    say(count, String(here.length));
    empty.hidden = list.children.length > 0 || !loaded;
  }
  showStatus(views);
}

/** A card in which somebody types is not moved under their hands. @param {TaskCard} card */
function homeOf(card) {
  const at = card.editing ? columns.find(({ list }) => list.contains(card.element)) : undefined;
  return at?.status ?? card.column;
}

/** @param {import("/webjars/occ4j/occ-client.js").View[]} views */
function showStatus(views) {
  const pending = views.flatMap((view) => view.pending.map((edit) => ({ edit, title: view.value.title })));
  const conflict = pending.find(({ edit }) => edit.state === "CONFLICTED");
  const under = pending.filter(({ edit }) => edit.state === "SENDING" || edit.state === "LOCAL");
  const cut = !online || pending.some(({ edit }) => edit.waiting && edit.waiting.reason !== "in-flight");
  const refused = views.some(({ rejected }) => rejected.length > 0);
  statusLine.dataset.state = cut
    ? "offline"
    : conflict || refused || !understood
      ? "attention"
      : under.length > 0
        ? "saving"
        : "current";
  const trouble = client.trouble?.reason ?? (typed.trouble === null ? null : "unavailable");
  const { notKept } = messages.status;
  const atRisk = trouble && (pending.length > 0 || [...cards.values()].some((card) => card.dirty));
  if (atRisk) say(statusLine, trouble === "full" ? notKept.full : notKept.other);
  else if (cut) say(statusLine, messages.status.offline);
  else if (!understood) say(statusLine, messages.status.notUnderstood);
  else if (conflict) say(statusLine, messages.status.conflict(conflict.title));
  else if (under.length > 0) say(statusLine, messages.status.saving(under.length));
  else say(statusLine, lastNews || (loaded ? messages.status.current : messages.status.loading));
}

/** @param {string} text */
function announce(text) {
  lastNews = text;
  changed();
}

/** Opens the conflict dialog, and gives the focus to the task's card when it is closed. @param {PendingEdit} edit */
function review(edit) {
  render();
  const card = [...cards.values()].find((each) => each.holds(edit));
  const open = dialog.dialog.open;
  const closed = dialog.show(edit);
  // It shows another one, or needs to ask nothing: then the focus stays where it is.
  if (open || !dialog.dialog.open) return;
  void closed.then(() => {
    if (edit.state === "DISCARDED") {
      announce(edit.kind === "remove" ? messages.status.kept(titleOf(edit)) : messages.status.discarded);
    }
    render();
    if (card?.element.isConnected) card.focus();
    else newTask.focus();
  });
}

/** @param {PendingEdit} edit */
function titleOf(edit) {
  return String(edit.base?.title ?? "");
}

/** Says how an edit ended. @param {PendingEdit} edit @param {string} title */
function track(edit, title) {
  edit.done.then(() => {
    if (edit.state === "REJECTED")
      announce(messages.status.rejected(reasonOf(edit, messages)));
    if (edit.state === "CONFIRMED")
      announce(edit.kind === "remove" ? messages.status.removed(title) : messages.status.saved(title));
  });
}

function openDraft() {
  draft ??= newTaskForm(board, () => {
    draft = null;
    render();
    newTask.focus();
  });
  render();
  draft.form.focus();
}

/** Opens the forms again that were open when the page was left. */
function takeUpTyping() {
  render();
  for (const card of cards.values()) card.reopenForm();
  if (typed.read(NEW_FORM)) openDraft();
}

/** Whether an edit waits for the network. */
function isWaiting() {
  return client.views().some(({ pending }) => pending.some(({ waiting }) => waiting && waiting.reason !== "in-flight"));
}

/** Asks for news where nobody tells of them, and asks again after a pause that grows while there is no answer. */
function startListening() {
  let pause = POLL_MILLIS;
  let timer = 0;
  let asking = false;
  let askedAt = -Infinity;
  const isDue = () =>
    !loaded || (polls && (!live.connected || !online || isWaiting() || performance.now() - askedAt > QUIET_POLL_MILLIS));
  /** @param {boolean} [anyway] */
  async function ask(anyway) {
    clearTimeout(timer);
    if (asking) return;
    if (document.visibilityState === "visible" && (anyway || isDue())) {
      asking = true;
      askedAt = performance.now();
      const answered = await client.sync().then(
        ({ kind }) => ((understood = true), kind === "applied"),
        (error) => {
          console.error(error);
          understood = false;
          return true; // something answered
        },
      );
      asking = false;
      // The server is back: whatever waited for it need not wait out its pause.
      if (answered && !online) client.resendAll();
      online = answered;
      if (!loaded && online && understood) takeUpTyping();
      loaded ||= online && understood;
      pause = online ? POLL_MILLIS : Math.min(pause * 2, MAX_POLL_MILLIS);
      changed();
    }
    timer = window.setTimeout(ask, pause);
  }
  document.addEventListener("visibilitychange", () => void ask());
  window.addEventListener("online", () => {
    client.resendAll();
    void ask(true);
  });
  window.addEventListener("offline", () => void ask(true));
  listen = () => void ask();
  listen();
}

/** The name outlives the page where the browser allows it. */
function keepUserName() {
  const KEY = "occ4j.user";
  if (given) {
    nameField.value = given;
    nameField.readOnly = true;
    for (const link of document.querySelectorAll(".bar a")) link.remove();
    return;
  }
  nameField.placeholder = messages.guest;
  try {
    nameField.value = localStorage.getItem(KEY) ?? "";
    nameField.addEventListener("input", () => localStorage.setItem(KEY, nameField.value));
  } catch {
    // Storage may be forbidden; then the name lasts as long as the page.
  }
}

function translate() {
  document.documentElement.lang = messages.language;
  document.title = messages.board;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = String(messages[/** @type {"board"} */ (element.getAttribute("data-text"))]);
  }
}

translate();
keepUserName();
guardDoubleClicks(document);
newTask.addEventListener("click", openDraft);
client.subscribe(changed);
window.addEventListener("beforeunload", (event) => {
  const unsaved = draft?.form.dirty || [...cards.values()].some((card) => card.dirty);
  const atRisk = !client.durable && client.views().some(({ pending }) => pending.length > 0);
  if (unsaved || atRisk) event.preventDefault();
});
render();
startListening();
