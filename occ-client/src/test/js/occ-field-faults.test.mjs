// What the field has shown: answers that are not the service's, data that is not what it seems.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start, task } from "./fixture.mjs";
import { settle } from "./scripted-server.mjs";

/** An answer of something between the page and the service. */
const foreign = (server, status, body = "<html>Sign in</html>", headers = {}) =>
  server.raw(status, body, { "Content-Type": "text/html", ...headers });

// Only the contract's own words settle an edit that may have been applied.

for (const status of [400, 401, 403, 404, 405, 407, 409, 410, 412, 413, 415, 421, 422, 425, 426, 428, 431, 451]) {
  test(`foreignRefusal_${status}_afterALostAnswer_isUnknownAndTheSameIdSettlesIt`, async () => {
    const { client, server, time, shown, conflicts } = start();
    const edit = client.update("1", { title: "Mine" });
    const first = await server.lose();
    await time.fire();
    await foreign(server, status);
    assert.deepEqual([edit.state, time.pauses.length, conflicts.length], ["UNKNOWN", 0, 0]);
    assert.equal(edit.problem.status, status);
    assert.equal(shown().title, "Mine", "what may be saved stays shown");
    assert.equal(client.view("1").gone, false);
    client.resend(edit);
    const again = await server.reply(200, task(11, { title: "Mine" }));
    assert.equal(again.raw, first.raw);
    assert.equal(edit.state, "CONFIRMED");
  });
}

for (const [name, doubt] of [
  ["outcomeUnknown", (server) => server.refuse(503, "urn:occ4j:outcome-unknown")],
  ["inFlight", (server) => server.refuse(409, "urn:occ4j:in-flight")],
  ["gatewayTimeout", (server) => foreign(server, 504)],
]) {
  test(`foreignRefusal_after_${name}_isUnknown`, async () => {
    const { client, server, time } = start();
    const edit = client.create({ title: "New" });
    await doubt(server);
    await time.fire();
    await foreign(server, 401);
    assert.equal(edit.state, "UNKNOWN");
    client.resend(edit);
    await foreign(server, 403, JSON.stringify({ type: "about:blank", title: "Forbidden" }));
    assert.equal(edit.state, "UNKNOWN", "the doubt outlives a resend by hand");
    client.resend(edit);
    await server.refuse(422, "urn:occ4j:rejected", { detail: "no" });
    assert.equal(edit.state, "REJECTED", "this is the service's own word");
  });
}

test("foreignRefusal_ofARemoval_afterALostAnswer_isUnknown", async () => {
  const { client, server, time } = start();
  const edit = client.remove("1");
  await server.lose();
  await time.fire();
  await foreign(server, 404);
  assert.deepEqual([edit.state, client.view("1").gone], ["UNKNOWN", false]);
});

test("foreignRefusal_ofTheFirstSending_isARefusal", async () => {
  for (const setUp of [(server) => server, async (server, time) => {
    await server.refuse(503, "urn:occ4j:unavailable");
    await time.fire();
  }]) {
    const { client, server, time } = start();
    const edit = client.update("1", { title: "Mine" });
    await setUp(server, time);
    await foreign(server, 401);
    assert.deepEqual([edit.state, edit.problem.status], ["REJECTED", 401]);
  }
});

test("newRequestAfterAConflict_startsWithoutDoubt", async () => {
  const { client, server, time } = start();
  const edit = client.update("1", { title: "Mine" });
  await server.lose();
  await time.fire();
  await server.conflict(task(11, { title: "Theirs" }));
  client.refreshAndApply(edit);
  await server.reply(200, task(11, { title: "Theirs" }));
  await foreign(server, 413);
  assert.equal(edit.state, "REJECTED");
});

test("foreignNotFound_isNoDeletion", async () => {
  const { client, server } = start();
  const edit = client.update("1", { title: "Mine" });
  await foreign(server, 404);
  assert.deepEqual([edit.state, client.view("1").gone], ["REJECTED", false]);
  assert.equal(client.accept(task(11)), true);
});

test("headers_areReadAnewAtEachSending_andTheMutationStays", async () => {
  let token = "old";
  const { client, server, time } = start({ headers: () => ({ Authorization: token }) });
  client.update("1", { title: "Mine" });
  const first = await server.lose();
  token = "new";
  await time.fire();
  const second = await server.reply(200, task(11, { title: "Mine" }));
  assert.deepEqual([first.headers.Authorization, second.headers.Authorization], ["old", "new"]);
  assert.equal(second.raw, first.raw);
});

test("user_isTheOneWhoMadeTheEdit_howeverLateItIsSent", async () => {
  let name = "ana";
  const { client, server, time } = start({ user: () => name, headers: (user) => ({ "X-User": user }) });
  client.create({ title: "New" });
  client.update("1", { title: "A" });
  client.update("1", { title: "B" });
  await server.lose();
  name = "berta";
  await server.reply(200, task(11, { title: "A" }));
  assert.equal((await server.reply(200, task(12, { title: "B" }))).headers["X-User"], "ana");
  await time.fire();
  assert.equal((await server.reply(201, task(7, { id: "9" }))).headers["X-User"], "ana");
  void client.sync();
  assert.equal((await server.next()).request.headers["X-User"], "berta");
});

// What a person edits never overrides what the protocol says.

test("patch_reservedMembers_neverReachTheWire", async () => {
  const { client, server, conflicts } = start();
  const stale = { ...client.view("1").value, clientMutationId: "stolen", updatedAt: "1999", updatedBy: "x" };
  client.update("1", { ...stale, title: "A" });
  client.update("1", { ...stale, title: "B" });
  const first = await server.reply(200, task(11, { title: "A" }));
  assert.deepEqual(
    [first.body.version, first.body.clientMutationId, first.body.title],
    [10, "id-1", "A"],
  );
  for (const member of ["id", "updatedAt", "updatedBy"]) assert.ok(!(member in first.body), member);
  const second = await server.reply(200, task(12, { title: "B" }));
  assert.deepEqual([second.body.version, second.body.clientMutationId], [11, "id-2"]);
  assert.equal(conflicts.length, 0);
});

test("patch_reservedMembersOfACreateAndOfADecision_neverReachTheWire", async () => {
  const { client, server } = start({ serverFields: ["id", "version", "changedAt"] });
  client.create({ id: "5", version: 3, changedAt: "x", clientMutationId: "stolen", title: "New" });
  const created = await server.reply(201, task(7, { id: "9" }));
  assert.deepEqual(created.body, { clientMutationId: "id-1", title: "New" });
  const edit = client.update("1", { title: "Mine" });
  await server.conflict(task(11, { title: "Theirs" }));
  client.refreshAndApply(edit, { ...task(3), title: "Chosen" });
  await server.reply(200, task(11, { title: "Theirs" }));
  const sent = await server.reply(200, task(12, { title: "Chosen" }));
  assert.deepEqual([sent.body.version, sent.body.clientMutationId], [11, "id-3"]);
  assert.equal(edit.patch.version, undefined);
});

test("patch_versionInIt_isNotShownEither", () => {
  const { client, shown } = start();
  client.update("1", { version: 99, title: "Mine" });
  assert.deepEqual([shown().version, shown().title], [10, "Mine"]);
});

test("headers_ofThePage_neverReplaceTheProtocols", async () => {
  const rogue = { "if-match": '"1"', "IDEMPOTENCY-KEY": "x", "content-type": "text/plain", "X-Mine": "y" };
  const { client, server } = start({ headers: () => rogue });
  client.update("1", { title: "Mine" });
  const put = await server.reply(200, task(11, { title: "Mine" }));
  assert.equal(new Headers(put.headers).get("content-type"), "application/json");
  assert.equal(new Headers(put.headers).get("if-match"), null);
  assert.equal(put.headers["X-Mine"], "y");
  client.remove("1");
  const remove = await server.reply(204, null);
  assert.equal(new Headers(remove.headers).get("if-match"), '"11"');
  assert.equal(new Headers(remove.headers).get("idempotency-key"), "id-2");
});

// Ids and versions.

test("numericId_isTheSameAsItsText", async () => {
  const { client, server, shown } = start();
  const listing = client.sync();
  await server.reply(200, { tasks: [{ ...task(11, { title: "Numbered" }), id: 1 }] });
  await listing;
  assert.equal(client.views().length, 1);
  assert.equal(shown().title, "Numbered");
  const edit = client.update(1, { title: "Mine" });
  const sent = await server.reply(200, { ...task(12, { title: "Mine" }), id: 1 });
  assert.deepEqual([sent.url, edit.state], ["/tasks/1", "CONFIRMED"]);
});

test("numericId_ofACreate_becomesItsKey", async () => {
  const { client, server, shown } = start();
  client.create({ title: "New" });
  await server.reply(201, { ...task(7, { title: "New" }), id: 9 });
  assert.equal(shown("9").title, "New");
  const listing = client.sync();
  await server.reply(200, { tasks: [task(10), { ...task(8, { title: "Newer" }), id: 9 }] });
  await listing;
  assert.deepEqual(client.views().map(({ key }) => key), ["1", "9"]);
});

test("versionAsText_comparesAsANumberAndGoesBackAsItCame", async () => {
  const { client, server, shown } = start();
  client.accept({ ...task(0, { title: "Text" }), version: "11" });
  assert.equal(shown().title, "Text");
  assert.equal(client.accept({ ...task(0), version: "9" }), false, "not by the alphabet");
  assert.equal(client.accept({ ...task(0), version: "0011" }), false);
  client.update("1", { title: "A" });
  client.update("1", { title: "B" });
  const first = await server.reply(200, { ...task(0, { title: "A" }), version: "12" });
  assert.equal(first.body.version, "11");
  const second = await server.reply(200, { ...task(0, { title: "B" }), version: "13" });
  assert.equal(second.body.version, "12");
});

test("versionsAboveTwoToThe53_areExact", async () => {
  const { client, server, shown } = start();
  const large = (version, title) =>
    `{"id": "1", "title": ${JSON.stringify(title)}, "note": "\\"version\\": 9007199254740993", "version" : ${version}}`;
  const listing = client.sync();
  await server.raw(200, `{"tasks": [${large("9007199254740992", "even")}]}`);
  await listing;
  assert.equal(shown().title, "even");
  const edit = client.update("1", { title: "Mine" });
  const sent = await server.raw(200, large("9007199254740993", "Mine"));
  assert.equal(sent.body.version, "9007199254740992");
  assert.equal(edit.state, "CONFIRMED");
  assert.equal(shown().note, '"version": 9007199254740993', "text is left alone");
  client.remove("1");
  assert.equal((await server.next()).request.headers["If-Match"], '"9007199254740993"');
});

test("numericIdsAboveTwoToThe53_areToldApart", async () => {
  const { client, server } = start();
  const listing = client.sync();
  const one = '{"id": 9007199254740992, "version": 1, "title": "a"}';
  const other = '{"id": 9007199254740993, "version": 1, "title": "b"}';
  await server.raw(200, `{"tasks": [${JSON.stringify(task(10))}, ${one}, ${other}]}`);
  await listing;
  assert.deepEqual(client.views().map(({ key }) => key), ["1", "9007199254740992", "9007199254740993"]);
});

// What is not understood is an error that is seen, never an absence.

const nonsense = {
  noId: { version: 11 },
  emptyId: { id: "", version: 11 },
  idIsAnObject: { id: {}, version: 11 },
  noVersion: { id: "1" },
  versionIsWords: { id: "1", version: "eleven" },
  versionIsAFraction: { id: "1", version: 1.5 },
  versionIsNegative: { id: "1", version: -1 },
  versionIsNull: { id: "1", version: null },
  notAnObject: "ok",
  nothing: null,
};

for (const [name, entity] of Object.entries(nonsense)) {
  test(`list_entityNotUnderstood_${name}_isAnErrorAndRemovesNothing`, async () => {
    const { client, server, shown } = start();
    const listing = client.sync();
    const failed = assert.rejects(listing, /not understood/);
    await server.reply(200, { tasks: [entity, task(3, { id: "2" })] });
    await failed;
    assert.equal(shown().title, "Water the plants");
    assert.equal(client.view("1").gone, false);
    assert.ok(client.view("2"), "what is understood is shown");
  });

  test(`update_answerNotUnderstood_${name}_isToldAndNotSentAgain`, async () => {
    const { client, server, time, shown } = start();
    const edit = client.update("1", { title: "Mine" });
    await server.reply(200, entity);
    assert.deepEqual([edit.state, time.pauses.length, server.requests.length], ["UNKNOWN", 0, 1]);
    assert.match(edit.problem.title, /not understood/);
    assert.equal(shown().title, "Mine");
  });

  test(`conflict_stateNotUnderstood_${name}_isToldAndTakesNothing`, async () => {
    if (entity === null) return; // means that it was deleted
    const { client, server, conflicts } = start();
    const edit = client.update("1", { title: "Mine" });
    await server.conflict(entity);
    assert.deepEqual([edit.state, conflicts.length], ["REJECTED", 0]);
    assert.match(edit.problem.title, /not understood/);
    assert.equal(client.view("1").confirmed.version, 10);
  });
}

test("answerAboutAnotherEntity_isNotUnderstood", async () => {
  const { client, server } = start();
  const edit = client.update("1", { title: "Mine" });
  await server.reply(200, task(11, { id: "2" }));
  assert.equal(edit.state, "UNKNOWN");
  assert.equal(client.view("2"), null);
});

test("refresh_answerNotUnderstood_staysInConflictWithTheReason", async () => {
  const { client, server } = start();
  const edit = client.update("1", { title: "Mine" });
  await server.conflict(task(11, { title: "Theirs" }));
  const applied = client.refreshAndApply(edit, { title: "Chosen" });
  await server.reply(200, { id: "1" });
  await applied;
  assert.equal(edit.state, "CONFLICTED");
  assert.match(edit.problem.title, /not understood/);
});

test("accept_notUnderstood_throws", () => {
  const { client } = start();
  assert.throws(() => client.accept({ id: "1", version: "new" }), /not understood/);
});

test("successThatWasCutOff_countsAsNoAnswer", async () => {
  const { client, server, time } = start();
  const edit = client.update("1", { title: "Mine" });
  await server.raw(200, '{"id": "1", "vers');
  assert.equal(edit.waiting.reason, "network");
  await time.fire();
  await server.reply(200, task(11, { title: "Mine" }));
  assert.equal(edit.state, "CONFIRMED");
});

// A pause as a date.

for (const [name, value, date, millis] of [
  ["imfFixdate", "Sun, 29 Nov 2026 12:00:07 GMT", null, 7_000],
  ["rfc850", "Sunday, 29-Nov-26 12:00:07 GMT", null, 7_000],
  ["asctime", "Sun Nov 29 12:00:07 2026", null, 7_000],
  ["byTheServersClock", "Sun, 29 Nov 2026 15:00:07 GMT", "Sun, 29 Nov 2026 15:00:00 GMT", 7_000],
  ["longAgo", "Sun, 29 Nov 2020 12:00:07 GMT", null, 400],
  ["inAYear", "Mon, 29 Nov 2027 12:00:07 GMT", null, 60_000],
  ["seconds", " 7 ", null, 7_000],
  ["manySeconds", "86400", null, 60_000],
  ["nonsense", "3, 3", null, 400],
  ["negative", "-7", null, 400],
]) {
  test(`retryAfter_${name}_isUnderstood`, async () => {
    const now = () => Date.parse("2026-11-29T12:00:00Z");
    const { client, server, time } = start({ now, random: () => 1 });
    client.update("1", { title: "Mine" });
    const headers = { "Retry-After": value, ...(date ? { Date: date } : {}) };
    await server.refuse(503, "urn:occ4j:unavailable", {}, headers);
    assert.equal(await time.fire(), millis);
  });
}

// Dates in values.

test("refreshAndApply_myDateAgainstTheirs_isSentAndNotDropped", async () => {
  const { client, server } = start();
  const day = (number) => new Date(Date.UTC(2026, 0, number));
  client.accept(task(11, { due: day(1) }));
  const edit = client.update("1", { due: day(2) });
  await server.conflict(task(12, { title: "Theirs", due: day(1).toJSON() }));
  assert.deepEqual(
    Object.fromEntries(edit.conflict.changes.map(({ field, kind }) => [field, kind])),
    { due: "mine", title: "theirs" },
  );
  client.refreshAndApply(edit);
  await server.reply(200, task(12, { title: "Theirs", due: day(1).toJSON() }));
  const sent = await server.reply(200, task(13, { due: day(2).toJSON() }));
  assert.equal(sent.body.due, day(2).toJSON());
});

test("revive_readsEveryAnswer", async () => {
  const revive = (name, value) => (name === "due" ? new Date(value) : value);
  const { client, server, shown } = start({ revive });
  const listing = client.sync();
  await server.reply(200, { tasks: [task(11, { due: "2026-01-01T00:00:00Z" })] });
  await listing;
  assert.ok(shown().due instanceof Date);
  const edit = client.update("1", { due: new Date(0) });
  await server.conflict(task(12, { due: "2026-02-01T00:00:00Z" }));
  assert.ok(edit.conflict.current.due instanceof Date);
});

// What is mine.

test("ownSlowChange_seenByTheListing_isToldAsMine", async () => {
  const { client, server } = start({ user: () => "ana" });
  client.update("1", { title: "Mine" });
  const put = await server.next();
  const listing = client.sync();
  await server.reply(200, { tasks: [task(11, { title: "Mine", updatedBy: "ana" })] });
  await listing;
  assert.equal(client.view("1").own, true);
  put.resolve(new Response(JSON.stringify(task(11, { title: "Mine", updatedBy: "ana" })), { status: 200 }));
  await settle();
  assert.equal(client.view("1").own, true);
  client.accept(task(12, { title: "Theirs", updatedBy: "berta" }));
  assert.equal(client.view("1").own, false);
});
