// Edits outlive the page, and the tabs of one browser share them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EditState } from "../../main/web/occ-client.js";
import { Browser } from "./browser.mjs";
import { task } from "./fixture.mjs";
import { ManualTime, ScriptedServer, settle } from "./scripted-server.mjs";

async function setUp() {
  const browser = new Browser();
  const server = new ScriptedServer();
  const time = new ManualTime();
  const open = async (state = task(10)) => {
    const options = { setTimeout: time.setTimeout, clearTimeout: time.clearTimeout };
    const tab = await browser.tab(server, options);
    if (state) tab.client.accept(state);
    return tab;
  };
  return { browser, server, open, tab: await open() };
}

const shown = (tab, key = "1") => tab.client.view(key)?.value;
const head = (tab, key = "1") => tab.client.view(key).pending[0];

test("edit_isOnDiskBeforeItIsOnTheWire", async () => {
  const { browser, server, tab } = await setUp();
  let write = () => {};
  browser.slow = new Promise((resolve) => (write = resolve));

  tab.client.update("1", { title: "Mine" });
  await settle();

  assert.equal(shown(tab).title, "Mine");
  assert.equal(server.requests.length, 0);
  write();
  await settle();
  assert.equal(server.requests.length, 1);
  assert.deepEqual(browser.snapshots()[0].request.body, server.requests[0].raw);
});

test("edit_confirmed_leavesNothingBehind", async () => {
  const { browser, server, tab } = await setUp();
  tab.client.update("1", { title: "Mine" });

  await server.reply(200, task(11, { title: "Mine" }));

  assert.equal(browser.disk.size, 0);
});

test("reload_whileSending_sendsTheVerySameRequestAgain", async () => {
  const { browser, server, tab, open } = await setUp();
  tab.client.update("1", { title: "Mine" });
  await settle();
  await tab.kill();

  const again = await open();

  assert.equal(shown(again).title, "Mine");
  await server.lose();
  const request = await server.reply(200, task(11, { title: "Mine" }));
  assert.equal(request.raw, server.requests[0].raw);
  assert.equal(again.client.view("1").pending.length, 0);
  assert.equal(browser.disk.size, 0);
});

test("reload_afterALostAnswer_aGatewaysRefusalSettlesNothing", async () => {
  const { server, tab, open } = await setUp();
  tab.client.update("1", { title: "Mine" });
  await server.lose();
  await tab.kill();
  const again = await open();

  await server.refuse(401, "about:blank");

  assert.equal(head(again).state, EditState.UNKNOWN);
  assert.equal(shown(again).title, "Mine");
});

test("reload_severalEdits_keepTheirOrderAndRebase", async () => {
  const { server, tab, open } = await setUp();
  tab.client.update("1", { title: "One" });
  tab.client.update("1", { description: "Two" });
  tab.client.update("1", { status: "doing" });
  await settle();
  await tab.kill();
  await open();
  await server.lose();

  await server.reply(200, task(11, { title: "One" }));
  const second = await server.reply(200, task(12, { title: "One", description: "Two" }));
  const third = await server.reply(200, task(13, { title: "One", description: "Two", status: "doing" }));

  assert.equal(second.body.description, "Two");
  assert.equal(second.body.version, 11);
  assert.equal(third.body.status, "doing");
  assert.equal(third.body.version, 12);
});

test("reload_beforeTheEntityIsListed_showsTheEditAllTheSame", async () => {
  const { tab, open } = await setUp();
  tab.client.update("1", { title: "Mine" });
  await settle();
  await tab.kill();

  const again = await open(null);

  assert.equal(shown(again).title, "Mine");
  assert.equal(shown(again).status, "todo");
});

test("reload_inConflict_goesOnWithIt", async () => {
  const { server, tab, open } = await setUp();
  const edit = tab.client.update("1", { title: "Mine" });
  await server.conflict(task(12, { title: "Theirs", updatedBy: "berta" }));
  assert.equal(edit.state, EditState.CONFLICTED);
  await tab.kill();

  const again = await open();

  const [conflicted] = again.conflicts;
  assert.equal(conflicted.state, EditState.CONFLICTED);
  assert.equal(conflicted.conflict.changes[0].theirs, "Theirs");
  void again.client.refreshAndApply(conflicted, { title: "Both" });
  await server.reply(200, task(12, { title: "Theirs" }));
  const sent = await server.reply(200, task(13, { title: "Both" }));
  assert.equal(sent.body.version, 12);
  assert.notEqual(sent.body.clientMutationId, server.requests[0].body.clientMutationId);
  assert.equal(conflicted.state, EditState.CONFIRMED);
});

test("reload_whileResolving_asksThePersonAgain", async () => {
  const { server, tab, open } = await setUp();
  const edit = tab.client.update("1", { title: "Mine" });
  await server.conflict(task(12, { title: "Theirs" }));
  void tab.client.refreshAndApply(edit);
  await settle();
  await tab.kill();

  const again = await open();

  assert.equal(head(again).state, EditState.CONFLICTED);
  assert.equal(head(again).patch.title, "Mine");
});

test("reload_afterARefusal_keepsTheText", async () => {
  const { browser, server, tab, open } = await setUp();
  tab.client.update("1", { title: "" });
  await server.refuse(422, "urn:occ4j:rejected");
  await tab.kill();
  const again = await open();

  const [refused] = again.client.view("1").rejected;
  assert.equal(refused.problem.status, 422);
  again.client.discard(refused);
  await settle();
  assert.equal(browser.disk.size, 0);
});

test("reload_betweenACreateAndWhatWasDoneToIt_keepsBoth", async () => {
  const { server, tab, open } = await setUp();
  tab.client.create({ title: "New" });
  const key = tab.client.views().find(({ confirmed }) => confirmed === null).key;
  tab.client.update(key, { status: "doing" });
  await server.reply(201, task(20, { id: "2", title: "New" }));
  await tab.kill();

  const again = await open();

  assert.equal(shown(again, "2").status, "doing");
  await server.lose();
  const sent = await server.reply(200, task(21, { id: "2", title: "New", status: "doing" }));
  assert.equal(sent.url, "/tasks/2");
  assert.equal(sent.body.version, 20);
});

test("twoTabs_oneQueue_showInBothAndSendEachEditOnce", async () => {
  const { browser, server, tab, open } = await setUp();
  const other = await open();
  tab.client.update("1", { title: "First" });
  await settle();
  assert.equal(shown(other).title, "First");

  other.client.update("1", { title: "Second" });
  await settle();

  assert.equal(shown(tab).title, "Second");
  assert.equal(server.requests.length, 1);
  await server.reply(200, task(11, { title: "First" }));
  const second = await server.reply(200, task(12, { title: "Second" }));
  assert.equal(second.body.version, 11);
  for (const each of [tab, other]) {
    assert.equal(shown(each).title, "Second");
    assert.equal(each.client.view("1").pending.length, 0);
    assert.equal(each.client.view("1").ownVersion, 12);
  }
  assert.equal(server.requests.length, 2);
  assert.equal(browser.disk.size, 0);
});

test("twoTabs_oneIsClosed_theOtherSendsWhatItLeft", async () => {
  const { server, tab, open } = await setUp();
  const other = await open();
  tab.client.update("1", { title: "Mine" });
  await settle();

  await tab.kill();

  await server.lose();
  const again = await server.reply(200, task(11, { title: "Mine" }));
  assert.equal(again.raw, server.requests[0].raw);
  assert.equal(other.client.view("1").pending.length, 0);
});

test("twoTabs_formOpenedBeforeTheOtherTabSaved_expectsWhatItShows", async () => {
  const { server, tab, open } = await setUp();
  const other = await open();
  const draft = other.client.open("1");
  tab.client.update("1", { title: "First" });
  await server.reply(200, task(11, { title: "First" }));

  other.client.update("1", { title: "Second" }, draft);
  await settle();

  assert.equal(server.requests[1].body.version, 10);
});

test("twoTabs_formThatDoesNotShowTheOthersPendingEdit_doesNotOverwriteIt", async () => {
  const { server, tab, open } = await setUp();
  const other = await open();
  const draft = other.client.open("1");
  tab.client.update("1", { title: "First" });
  await settle();
  other.client.update("1", { title: "Second" }, draft);
  other.client.update("1", { description: "Third" });
  await server.reply(200, task(11, { title: "First" }));

  const sent = await server.conflict(task(11, { title: "First" }));

  assert.equal(sent.body.version, 10);
  assert.equal(other.conflicts.length, 1);
});

test("twoTabs_conflictOfOne_isDecidedInTheOther", async () => {
  const { server, tab, open } = await setUp();
  const other = await open();
  const edit = tab.client.update("1", { title: "Mine" });
  await server.conflict(task(12, { title: "Theirs" }));
  assert.equal(tab.conflicts.length, 1);
  assert.equal(other.conflicts.length, 0);

  void other.client.refreshAndApply(head(other), { title: "Both" });
  await server.reply(200, task(12, { title: "Theirs" }));
  await server.reply(200, task(13, { title: "Both" }));

  assert.equal(edit.state, EditState.CONFIRMED);
  assert.equal((await edit.done).state, EditState.CONFIRMED);
  assert.equal(shown(tab).title, "Both");
  assert.equal(server.requests.length, 3);
});

test("twoTabs_discardInTheOther_endsTheSending", async () => {
  const { browser, server, tab, open } = await setUp();
  const other = await open();
  const edit = tab.client.update("1", { title: "Mine" });
  await server.lose();

  other.client.discard(head(other));
  await settle();

  assert.equal(edit.state, EditState.DISCARDED);
  assert.equal(shown(tab).title, "Water the plants");
  assert.equal(server.requests.length, 1);
  assert.equal(browser.disk.size, 0);
});

test("journal_thatFails_isToldAndStopsNothing", async () => {
  const { server, tab } = await setUp();
  let told = 0;
  tab.client.subscribe(() => told++);
  tab.trouble = { reason: "full", cause: null };
  tab.client.update("1", { title: "Mine" });

  await server.reply(200, task(11, { title: "Mine" }));

  assert.equal(tab.client.trouble.reason, "full");
  assert.equal(tab.client.durable, false);
  assert.ok(told > 0);
  assert.equal(shown(tab).title, "Mine");
});
