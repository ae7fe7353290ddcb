import assert from "node:assert/strict";
import { test } from "node:test";
import { EditState } from "../../main/web/occ-client.js";
import { start, task } from "./fixture.mjs";

/** A client whose edit of task 1 has just lost to `theirs`. */
async function inConflict(patch, theirs) {
  const context = start();
  const edit = context.client.update("1", patch);
  await context.server.conflict(theirs);
  return { ...context, edit };
}

const kinds = (edit) => Object.fromEntries(edit.conflict.changes.map(({ field, kind }) => [field, kind]));

test("conflict_callsTheHandlerWithBothSidesAndKeepsTheEditInView", async () => {
  const theirs = task(11, { title: "Theirs", assignee: "bo", updatedBy: "bo" });
  const { edit, conflicts, shown, client } = await inConflict({ title: "Mine", status: "doing" }, theirs);
  assert.deepEqual(conflicts, [edit]);
  assert.equal(edit.state, "CONFLICTED");
  assert.deepEqual(edit.conflict.current, theirs);
  assert.deepEqual(kinds(edit), { title: "both", status: "mine", assignee: "theirs" });
  assert.deepEqual([shown().title, shown().assignee], ["Mine", "bo"]);
  assert.equal(client.view("1").confirmed.version, 11);
});

test("apply_differentFields_mergesBothUnderANewIdOnTheLatestVersion", async () => {
  const { client, server, edit } = await inConflict({ status: "doing" }, task(11, { title: "Theirs" }));
  const applied = client.refreshAndApply(edit);
  assert.equal(edit.state, "RESOLVING");
  const read = await server.reply(200, task(12, { title: "Theirs", assignee: "bo" }));
  assert.deepEqual([read.method, read.url], ["GET", "/tasks/1"]);
  await applied;
  const sent = await server.reply(200, task(13, { title: "Theirs", assignee: "bo", status: "doing" }));
  assert.deepEqual(sent.body, { clientMutationId: "id-2", version: 12, status: "doing" });
  assert.deepEqual([edit.state, edit.supersedes], ["CONFIRMED", "id-1"]);
});

test("apply_sameField_setsWhatThePersonDecided", async () => {
  const { client, server, edit } = await inConflict({ title: "Mine" }, task(11, { title: "Theirs" }));
  const applied = client.refreshAndApply(edit, { title: "Theirs and mine" });
  await server.reply(200, task(11, { title: "Theirs" }));
  await applied;
  const sent = await server.reply(200, task(12, { title: "Theirs and mine" }));
  assert.deepEqual(sent.body, { clientMutationId: "id-2", version: 11, title: "Theirs and mine" });
});

test("apply_withoutADecision_letsTheEditsOwnFieldsWin", async () => {
  const { client, server, edit } = await inConflict({ title: "Mine" }, task(11, { title: "Theirs" }));
  client.refreshAndApply(edit);
  await server.reply(200, task(11, { title: "Theirs" }));
  assert.equal((await server.reply(200, task(12, { title: "Mine" }))).body.title, "Mine");
});

test("apply_decidedForTheServersState_confirmsWithoutAWrite", async () => {
  const { client, server, edit, shown } = await inConflict({ title: "Mine" }, task(11, { title: "Theirs" }));
  client.refreshAndApply(edit, {});
  await server.reply(200, task(11, { title: "Theirs" }));
  assert.deepEqual([edit.state, server.waiting, shown().title], ["CONFIRMED", 0, "Theirs"]);
});

test("apply_stateMovedAgainInTheSameField_asksAgainWithTheChoicesKept", async () => {
  const { client, server, edit, conflicts } = await inConflict(
    { title: "Mine" },
    task(11, { title: "Theirs" }),
  );
  const applied = client.refreshAndApply(edit, { title: "Chosen", status: "done" });
  await server.reply(200, task(12, { title: "Theirs again" }));
  await applied;
  assert.deepEqual([edit.state, conflicts.length, server.waiting], ["CONFLICTED", 2, 0]);
  assert.deepEqual(edit.patch, { title: "Chosen", status: "done" });
  assert.deepEqual(kinds(edit), { title: "both", status: "mine" });
  client.refreshAndApply(edit);
  await server.reply(200, task(12, { title: "Theirs again" }));
  const sent = await server.reply(200, task(13));
  assert.deepEqual(sent.body, { clientMutationId: "id-2", version: 12, title: "Chosen", status: "done" });
  assert.equal(edit.supersedes, "id-1");
});

test("apply_secondConflictFromTheServer_asksAgainWithTheChoicesKept", async () => {
  const { client, server, edit, conflicts } = await inConflict(
    { title: "Mine" },
    task(11, { title: "Theirs" }),
  );
  client.refreshAndApply(edit, { title: "Chosen" });
  await server.reply(200, task(11, { title: "Theirs" }));
  await server.conflict(task(12, { title: "Theirs again" }));
  assert.deepEqual([edit.state, conflicts.length, edit.patch.title], ["CONFLICTED", 2, "Chosen"]);
  client.refreshAndApply(edit);
  await server.reply(200, task(12, { title: "Theirs again" }));
  const sent = await server.reply(200, task(13, { title: "Chosen" }));
  assert.deepEqual([sent.body.clientMutationId, sent.body.version, edit.supersedes], ["id-3", 12, "id-2"]);
});

test("apply_readIsOlderThanWhatIsKnown_usesTheNewerState", async () => {
  const { client, server, edit } = await inConflict({ status: "doing" }, task(11, { title: "Theirs" }));
  client.accept(task(12, { title: "Theirs", assignee: "bo" }));
  client.refreshAndApply(edit);
  await server.reply(200, task(10));
  assert.equal((await server.reply(200, task(13))).body.version, 12);
});

test("apply_serverOutOfReach_staysInConflictAndCanBeTriedAgain", async () => {
  const { client, server, edit } = await inConflict({ title: "Mine" }, task(11, { title: "Theirs" }));
  const applied = client.refreshAndApply(edit);
  await server.lose();
  await applied;
  assert.deepEqual([edit.state, edit.patch.title], ["CONFLICTED", "Mine"]);
  assert.ok(edit.problem.title);
  assert.equal(edit.conflict.current.version, 11);
  client.refreshAndApply(edit);
  await server.reply(200, task(11, { title: "Theirs" }));
  await server.reply(200, task(12, { title: "Mine" }));
  assert.equal(edit.state, "CONFIRMED");
});

test("apply_outsideAConflict_isRefused", async () => {
  const { client } = start();
  const edit = client.update("1", { title: "Mine" });
  await assert.rejects(client.refreshAndApply(edit), /not in conflict/);
});

test("discard_inConflict_showsTheServersStateAndDropsThatEditAlone", async () => {
  const { client, server, edit, shown } = await inConflict({ title: "Mine" }, task(11, { title: "Theirs" }));
  const later = client.update("1", { status: "doing" });
  assert.equal(later.state, "LOCAL", "waits behind the conflict");
  client.discard(edit);
  assert.deepEqual([edit.state, shown().title, shown().status], ["DISCARDED", "Theirs", "doing"]);
  await server.reply(200, task(12, { title: "Theirs", status: "doing" }));
  assert.equal(later.state, "CONFIRMED");
});

test("discard_inConflict_leavesNoTraceInTheBaseOfLaterEdits", async () => {
  const { client, server, edit } = await inConflict({ title: "Mine" }, task(11, { title: "Theirs" }));
  const later = client.update("1", { status: "doing" }, { key: "1", base: task(10, { title: "Mine" }) });
  client.discard(edit);
  await server.conflict(task(11, { title: "Theirs", status: "done" }));
  const title = later.conflict.changes.find(({ field }) => field === "title");
  assert.equal(title.base, "Water the plants");
});

test("discard_twice_isRefused", async () => {
  const { client, edit } = await inConflict({ title: "Mine" }, task(11));
  client.discard(edit);
  assert.throws(() => client.discard(edit), /settled/);
});

test("queuedEdit_ofAFieldThatTheOtherPersonChanged_meetsItsOwnConflict", async () => {
  const { client, server, conflicts } = start();
  const first = client.update("1", { title: "Mine" });
  const second = client.update("1", { description: "My text" });
  await server.conflict(task(11, { description: "Their text" }));
  client.refreshAndApply(first);
  await server.reply(200, task(11, { description: "Their text" }));
  await server.reply(200, task(12, { title: "Mine", description: "Their text" }));
  const sent = await server.conflict(task(12, { title: "Mine", description: "Their text" }));
  assert.equal(sent.body.version, 10, "moving it to 12 would overwrite their text unseen");
  assert.deepEqual(conflicts, [first, second]);
});

test("queuedEdit_ofAnotherField_followsTheResolvedOne", async () => {
  const { client, server, conflicts } = start();
  const first = client.update("1", { title: "Mine" });
  client.update("1", { status: "doing" });
  await server.conflict(task(11, { description: "Their text" }));
  client.refreshAndApply(first);
  await server.reply(200, task(11, { description: "Their text" }));
  await server.reply(200, task(12, { title: "Mine", description: "Their text" }));
  assert.equal((await server.reply(200, task(13))).body.version, 12);
  assert.equal(conflicts.length, 1);
});

test("editOverAPendingOne_doesNotExpectANewerStateThatThePendingOneHides", async () => {
  const { client, server } = start();
  client.update("1", { title: "Mine" });
  client.accept(task(12, { title: "Theirs after mine" }));
  const draft = client.open("1");
  const later = client.update("1", { title: "Mine, longer" });
  await server.reply(200, task(11, { title: "Mine" }));
  const sent = await server.conflict(task(12, { title: "Theirs after mine" }));
  assert.equal(sent.body.version, 11, "expecting 12 would overwrite what was never shown");
  assert.equal(draft.base.version, 11);
  assert.equal(later.state, "CONFLICTED");
});

test("queuedRemove_behindAResolvedConflict_meetsItsOwn", async () => {
  const { client, server } = start();
  const first = client.update("1", { title: "Mine" });
  client.remove("1");
  await server.conflict(task(11, { description: "Their text" }));
  client.refreshAndApply(first);
  await server.reply(200, task(11, { description: "Their text" }));
  await server.reply(200, task(12, { title: "Mine", description: "Their text" }));
  assert.equal((await server.next()).request.headers["If-Match"], '"10"');
});

for (const [name, refuse] of [
  ["conflictWithoutState", (server) => server.conflict(null)],
  ["notFound", (server) => server.refuse(404, "urn:occ4j-demo:not-found")],
]) {
  test(`deleted_${name}_keepsTheTextAndOffersOnlyDiscard`, async () => {
    const { client, server, conflicts, shown } = start();
    const edit = client.update("1", { title: "Mine" });
    await refuse(server);
    assert.deepEqual([edit.state, edit.conflict.current, conflicts.length], ["CONFLICTED", null, 1]);
    assert.deepEqual([shown().title, client.view("1").gone], ["Mine", true]);
    await assert.rejects(client.refreshAndApply(edit), /deleted/);
    client.discard(edit);
    assert.equal(client.view("1"), null);
    assert.equal(client.accept(task(10)), false, "a late listing brings nothing back");
  });
}

test("deleted_betweenConflictAndApply_turnsIntoADeletionConflict", async () => {
  const { client, server, edit, conflicts } = await inConflict(
    { title: "Mine" },
    task(11, { title: "Theirs" }),
  );
  client.refreshAndApply(edit, { title: "Chosen" });
  await server.refuse(404, "urn:occ4j-demo:not-found");
  assert.deepEqual([edit.state, edit.conflict.current, conflicts.length], ["CONFLICTED", null, 2]);
});

test("remove_ofAChangedEntity_asksFirstAndDeletesOnlyTheStateThatWasSeen", async () => {
  const { client, server, conflicts } = start();
  const edit = client.remove("1");
  await server.refuse(412, "urn:occ4j:conflict", { current: task(11, { title: "Theirs" }) });
  assert.equal(conflicts.length, 1);
  client.refreshAndApply(edit);
  await server.reply(200, task(12, { title: "Theirs again" }));
  assert.deepEqual([edit.state, conflicts.length], ["CONFLICTED", 2], "a newer state was never looked at");
  client.refreshAndApply(edit);
  await server.reply(200, task(12, { title: "Theirs again" }));
  const sent = await server.reply(200, task(12, { title: "Theirs again" }));
  assert.deepEqual([sent.headers["If-Match"], sent.headers["Idempotency-Key"]], ['"12"', "id-2"]);
  assert.equal(edit.state, "CONFIRMED");
});

test("remove_ofADeletedEntity_isConfirmed", async () => {
  const { client, server, conflicts } = start();
  const edit = client.remove("1");
  await server.conflict(null);
  assert.deepEqual([edit.state, conflicts.length, client.view("1")], ["CONFIRMED", 0, null]);
});

test("conflict_newsWhileItWaits_showsTheNewerState", async () => {
  const { client, server, conflicts } = start();
  const edit = client.update("1", { title: "Mine" });
  await server.conflict(task(12, { title: "Theirs" }));
  const seen = edit.conflict;

  client.accept(task(13, { title: "Newer", description: "And more" }));

  assert.equal(edit.conflict.current.version, 13);
  assert.deepEqual(
    edit.conflict.changes.map(({ field, kind }) => [field, kind]),
    [
      ["title", "both"],
      ["description", "theirs"],
    ],
  );
  assert.equal(conflicts.length, 1);
  // What was decided over the older one meets the newer one as another conflict.
  void client.refreshAndApply(edit, { title: "Decided" }, seen);
  await server.reply(200, task(13, { title: "Newer" }));
  assert.equal(edit.state, EditState.CONFLICTED);
  assert.equal(edit.patch.title, "Decided");
  assert.equal(server.requests.length, 2);
});

test("restore_ofWhatWasDeleted_makesItAgainWithMyChanges", async () => {
  const { client, server, shown } = start();
  const edit = client.update("1", { title: "Mine" });
  await server.refuse(409, "urn:occ4j:conflict", { current: null });
  assert.equal(edit.conflict.current, null);

  void client.restore(edit);
  const sent = await server.reply(200, task(20, { title: "Mine" }));

  assert.equal(sent.method, "PUT");
  assert.equal(sent.headers["If-None-Match"], "*");
  assert.equal(sent.body.title, "Mine");
  assert.equal(sent.body.status, "todo");
  assert.equal(sent.body.version, undefined);
  assert.equal(edit.state, EditState.CONFIRMED);
  assert.equal(shown().title, "Mine");
  assert.equal(client.view("1").gone, false);
});

test("restore_whereSomebodyWasFaster_isAConflictWithThat", async () => {
  const { client, server } = start();
  const edit = client.update("1", { title: "Mine" });
  await server.refuse(409, "urn:occ4j:conflict", { current: null });
  void client.restore(edit);

  await server.refuse(412, "urn:occ4j:conflict", { current: task(21, { title: "Again" }) });

  assert.equal(edit.state, EditState.CONFLICTED);
  assert.equal(edit.conflict.changes.find(({ field }) => field === "title").kind, "both");
});
