// Run with: node --test occ-demo/src/test/js
import assert from "node:assert/strict";
import { test } from "node:test";
import { start, task } from "./fixture.mjs";

test("update_fresh_isShownAtOnceAndConfirmed", async () => {
  const { client, server, shown } = start();
  const edit = client.update("1", { title: "Mine" });
  assert.equal(shown().title, "Mine");
  assert.equal(edit.state, "SENDING");
  const sent = await server.reply(200, task(11, { title: "Mine" }));
  assert.equal(sent.method, "PUT");
  assert.equal(sent.url, "/tasks/1");
  assert.deepEqual(sent.body, { clientMutationId: "id-1", version: 10, title: "Mine" });
  assert.equal((await edit.done).state, "CONFIRMED");
  assert.equal(client.view("1").confirmed.version, 11);
  assert.deepEqual(client.view("1").pending, []);
});

test("create_pending_isShownUnderAProvisionalKeyThenUnderItsId", async () => {
  const { client, server, shown } = start();
  const edit = client.create({ title: "New" });
  assert.equal(shown("new:1").title, "New");
  client.update("new:1", { status: "doing" });
  const sent = await server.reply(201, task(7, { id: "9", title: "New" }));
  assert.deepEqual(
    [sent.method, sent.url, sent.body],
    ["POST", "/tasks", { clientMutationId: "id-1", title: "New" }],
  );
  assert.equal((await edit.done).state, "CONFIRMED");
  assert.equal(client.view("new:1"), null);
  assert.equal(shown("9").status, "doing");
  const next = await server.reply(200, task(8, { id: "9", title: "New", status: "doing" }));
  assert.deepEqual([next.url, next.body.version], ["/tasks/9", 7]);
});

test("create_listedBeforeItsAnswer_becomesOneEntity", async () => {
  const { client, server, time } = start();
  client.create({ title: "New" });
  await server.lose();
  const listing = client.sync();
  await server.reply(200, { tasks: [task(10), task(7, { id: "9", title: "New" })] });
  await listing;
  const draft = client.open("9");
  await time.fire();
  const resent = await server.reply(201, task(7, { id: "9", title: "New" }), {
    "Idempotency-Replayed": "true",
  });
  assert.equal(resent.body.clientMutationId, "id-1");
  assert.deepEqual(
    client.views().map(({ key }) => key),
    ["1", "9"],
  );
  client.update("9", { status: "doing" });
  await server.reply(200, task(8, { id: "9", title: "New", status: "doing" }));
  assert.equal(draft.base.version, 8, "the form that was opened on the listed one goes on with it");
});

test("remove_confirmed_doesNotComeBackWithALateAnswer", async () => {
  const { client, server } = start();
  const edit = client.remove("1");
  const sent = await server.reply(200, task(10));
  assert.deepEqual(
    [sent.method, sent.headers["If-Match"], sent.headers["Idempotency-Key"]],
    ["DELETE", '"10"', "id-1"],
  );
  assert.equal((await edit.done).state, "CONFIRMED");
  assert.equal(client.view("1"), null);
  assert.equal(client.accept(task(10)), false);
  assert.equal(client.view("1"), null);
  assert.equal(client.accept(task(12)), true, "created again later");
});

for (const [name, status, body] of [
  ["withoutABody", 204, null],
  ["withTheIdAlone", 200, { id: "1" }],
]) {
  test(`remove_answered_${name}_isConfirmed`, async () => {
    const { client, server } = start();
    const edit = client.remove("1");
    await server.reply(status, body);
    assert.equal((await edit.done).state, "CONFIRMED");
    assert.equal(client.view("1"), null);
    assert.equal(client.accept(task(10)), false);
  });
}

test("rejected_edit_isTakenOutOfTheViewAndKeptWithItsReason", async () => {
  const { client, server, shown } = start();
  const edit = client.update("1", { title: "" });
  const next = client.update("1", { status: "doing" });
  await server.refuse(400, "urn:occ4j-demo:invalid", { detail: "title is empty" });
  assert.equal((await edit.done).state, "REJECTED");
  assert.equal(edit.problem.detail, "title is empty");
  assert.deepEqual(client.view("1").rejected, [edit]);
  assert.deepEqual([shown().title, shown().status], ["Water the plants", "doing"]);
  await server.reply(200, task(11, { status: "doing" }));
  assert.equal(next.state, "CONFIRMED", "a permanent error lets the next edit through");
  client.discard(edit);
  assert.deepEqual(client.view("1").rejected, []);
});

test("rejected_create_keepsItsTextShownUntilDiscarded", async () => {
  const { client, server, shown } = start();
  const edit = client.create({ title: "New" });
  const orphan = client.update("new:1", { status: "doing" });
  await server.refuse(422, "urn:occ4j:mutation-mismatch");
  assert.deepEqual([edit.state, orphan.state], ["REJECTED", "REJECTED"]);
  assert.equal(shown("new:1").title, "New");
  client.discard(edit);
  client.discard(orphan);
  assert.equal(client.view("new:1"), null);
});

test("fifo_severalEdits_areSentOneAtATimeEachOnTheLastOnesResult", async () => {
  const { client, server, shown } = start();
  client.update("1", { title: "A" });
  client.update("1", { status: "doing" });
  const last = client.update("1", { title: "B" });
  assert.deepEqual([shown().title, shown().status], ["B", "doing"]);
  const versions = [];
  for (const [version, fields] of [
    [11, { title: "A" }],
    [12, { title: "A", status: "doing" }],
    [13, { title: "B", status: "doing" }],
  ]) {
    assert.equal(server.waiting, 1);
    versions.push((await server.reply(200, task(version, fields))).body.version);
  }
  assert.deepEqual(versions, [10, 11, 12]);
  assert.equal(last.state, "CONFIRMED");
  assert.deepEqual(new Set(server.requests.map(({ body }) => body.clientMutationId)).size, 3);
});

test("accept_olderOrEqualState_isIgnored", () => {
  const { client, shown } = start();
  assert.equal(client.accept(task(9, { title: "Old" })), false);
  assert.equal(client.accept(task(10, { title: "Other" })), false);
  assert.equal(shown().title, "Water the plants");
  assert.equal(client.accept(task(11, { title: "New" })), true);
});

test("confirm_answerOlderThanANewerListing_keepsTheNewerState", async () => {
  const { client, server, shown } = start();
  client.update("1", { title: "Mine" });
  client.accept(task(12, { title: "Theirs after mine" }));
  await server.reply(200, task(11, { title: "Mine" }));
  assert.equal(shown().title, "Theirs after mine");
});

test("news_whileAFormIsOpen_neverMovesTheVersionItExpects", async () => {
  const { client, server } = start();
  const draft = client.open("1");
  client.accept(task(11, { title: "Theirs" }));
  assert.equal(draft.base.version, 10);
  client.update("1", { title: "Mine" }, draft);
  client.close(draft);
  assert.equal((await server.reply(200, task(12))).body.version, 10);
});

test("ownConfirm_whileAFormIsOpen_movesTheVersionItExpects", async () => {
  const { client, server } = start();
  const draft = client.open("1");
  client.update("1", { status: "doing" });
  await server.reply(200, task(11, { status: "doing" }));
  client.update("1", { title: "Mine" }, draft);
  assert.equal((await server.reply(200, task(12))).body.version, 11);
});

test("sync_entityNoLongerListed_disappearsUnlessSeenSinceTheQuestion", async () => {
  const { client, server } = start();
  const first = client.sync();
  client.accept(task(5, { id: "2" }));
  await server.reply(200, { tasks: [task(10)] });
  await first;
  assert.deepEqual(
    client.views().map(({ key }) => key),
    ["1", "2"],
  );
  const second = client.sync();
  assert.equal(client.sync(), second, "one listing at a time");
  await server.reply(200, { tasks: [task(10)] });
  await second;
  assert.deepEqual(
    client.views().map(({ key }) => key),
    ["1"],
  );
});

test("sync_deletedEntityWithAnOpenForm_staysShownAsGone", async () => {
  const { client, server } = start();
  const draft = client.open("1");
  const listing = client.sync();
  await server.reply(200, { tasks: [] });
  await listing;
  assert.equal(client.view("1").gone, true);
  client.close(draft);
  assert.equal(client.view("1"), null);
});

test("sync_answerWithoutAList_failsAndRemovesNothing", async () => {
  const { client, server } = start();
  const listing = client.sync();
  const failed = assert.rejects(listing, TypeError);
  await server.reply(200, {});
  await failed;
  assert.deepEqual(
    client.views().map(({ key }) => key),
    ["1"],
  );
});

test("listener_thatThrows_isReportedAndStopsNothing", async () => {
  const { client, server, errors } = start();
  const unsubscribe = client.subscribe(() => {
    throw new Error("broken page");
  });
  const edit = client.update("1", { title: "Mine" });
  await server.reply(200, task(11, { title: "Mine" }));
  assert.equal(edit.state, "CONFIRMED");
  assert.ok(errors.length > 0);
  unsubscribe();
  const before = errors.length;
  client.accept(task(12));
  assert.equal(errors.length, before);
});

test("refresh_newer_isTaken_missing_isGone_failed_changesNothing", async () => {
  const { client, server, shown } = start();
  const newer = client.refresh("1");
  await server.reply(200, task(11, { title: "Theirs" }));
  assert.equal((await newer).kind, "applied");
  assert.equal(shown().title, "Theirs");
  const lost = client.refresh("1");
  await server.lose();
  assert.equal((await lost).kind, "network");
  assert.equal(shown().title, "Theirs");
  const missing = client.refresh("1");
  await server.refuse(404, "urn:occ4j:not-found");
  assert.equal((await missing).kind, "missing");
  assert.equal(client.view("1"), null);
});

test("refresh_missing_overtakenByAState_doesNotHideIt", async () => {
  const { client, server, shown } = start();
  const missing = client.refresh("1");
  client.accept(task(12, { title: "Made again" }));
  await server.refuse(404, "urn:occ4j:not-found");
  await missing;
  assert.equal(shown().title, "Made again");
});

test("sync_anew_doesNotShareTheListingThatIsUnderWay", async () => {
  const { client, server, shown } = start();
  const first = client.sync();
  const anew = client.sync({ anew: true });
  await server.reply(200, { tasks: [task(10)] });
  await first;
  await server.reply(200, { tasks: [task(11, { title: "Theirs" })] });
  await anew;
  assert.equal(shown().title, "Theirs");
  assert.equal(server.requests.length, 2);
});
