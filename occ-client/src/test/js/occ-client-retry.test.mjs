import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./scripted-server.mjs";
import { start, task } from "./fixture.mjs";

test("lostAnswer_thenReplay_sendsTheVerySameRequest", async () => {
  let user = "ana";
  const headers = (name) => ({ "X-User": name });
  const { client, server, time } = start({ user: () => user, headers });
  const edit = client.update("1", { title: "Mine" });
  const first = await server.lose();
  assert.deepEqual([edit.state, edit.waiting.reason], ["SENDING", "network"]);
  user = "somebody else";
  await time.fire();
  const second = await server.reply(200, task(11, { title: "Mine" }), { "Idempotency-Replayed": "true" });
  assert.deepEqual(second, first, "id, payload and user decide whether it is the same mutation");
  assert.equal(edit.state, "CONFIRMED");
});

test("lostAnswers_backOffWithJitterThenBecomeUnknown_andResendKeepsTheId", async () => {
  const retry = { attempts: 4, baseMillis: 100, maximumMillis: 300 };
  const { client, server, time, shown } = start({ retry, random: () => 0.5 });
  const edit = client.update("1", { title: "Mine" });
  const pauses = [];
  for (let i = 0; i < 3; i++) {
    await server.lose();
    pauses.push(await time.fire());
  }
  await server.lose();
  assert.deepEqual(pauses, [75, 150, 225], "doubling, capped, three quarters at this roll of the dice");
  assert.deepEqual([edit.state, server.waiting], ["UNKNOWN", 0]);
  assert.equal(shown().title, "Mine", "an unknown edit stays in the view");
  client.resend(edit);
  const sent = await server.reply(200, task(11, { title: "Mine" }));
  assert.deepEqual([sent.body.clientMutationId, edit.state], ["id-1", "CONFIRMED"]);
});

test("unknown_blocksLaterEditsUntilItIsSettled", async () => {
  const { client, server } = start({ retry: { attempts: 1 } });
  const first = client.update("1", { title: "A" });
  const second = client.update("1", { status: "doing" });
  await server.lose();
  assert.deepEqual([first.state, second.state, server.waiting], ["UNKNOWN", "LOCAL", 0]);
  client.discard(first);
  assert.deepEqual([first.state, second.state], ["DISCARDED", "SENDING"]);
});

test("resendAll_endsThePauseOfAWaitingEdit", async () => {
  const { client, server, time } = start();
  const edit = client.update("1", { title: "Mine" });
  await server.lose();
  assert.equal(time.pauses.length, 1);
  client.resendAll();
  await server.reply(200, task(11, { title: "Mine" }));
  assert.deepEqual([edit.state, time.pauses.length], ["CONFIRMED", 0]);
});

test("unavailable_waitsAtLeastRetryAfterAndKeepsTheId", async () => {
  const { client, server, time } = start();
  client.update("1", { title: "Mine" });
  const first = await server.refuse(503, "urn:occ4j:unavailable", {}, { "Retry-After": "3" });
  assert.equal(await time.fire(), 3000);
  const second = await server.reply(200, task(11));
  assert.equal(second.body.clientMutationId, first.body.clientMutationId);
});

test("inFlight_isWaitedOutByRetryAfterWithTheSameId", async () => {
  const { client, server, time, conflicts } = start();
  const edit = client.update("1", { title: "Mine" });
  for (let i = 0; i < 3; i++) {
    await server.refuse(409, "urn:occ4j:in-flight", {}, { "Retry-After": "2" });
    assert.equal(edit.waiting.reason, "in-flight");
    assert.equal(await time.fire(), 2000);
  }
  await server.reply(200, task(11, { title: "Mine" }));
  assert.deepEqual(new Set(server.requests.map(({ raw }) => raw)).size, 1);
  assert.deepEqual([edit.state, conflicts.length], ["CONFIRMED", 0]);
});

test("inFlight_withoutEnd_becomesUnknown", async () => {
  const { client, server, time } = start({ retry: { inFlightWaits: 2 } });
  const edit = client.update("1", { title: "Mine" });
  for (let i = 0; i < 2; i++) {
    await server.refuse(409, "urn:occ4j:in-flight");
    await time.fire();
  }
  await server.refuse(409, "urn:occ4j:in-flight");
  assert.equal(edit.state, "UNKNOWN");
});

test("unresolved_isUnknownAtOnceAndNotResentByItself", async () => {
  const { client, server, time } = start();
  const edit = client.update("1", { title: "Mine" });
  await server.refuse(409, "urn:occ4j:unresolved", { detail: "an effect may have happened" });
  assert.deepEqual([edit.state, time.pauses.length], ["UNKNOWN", 0]);
});

for (const [name, status, type] of [
  ["missingVersion", 428, "urn:occ4j:precondition-required"],
  ["badMutationId", 400, "urn:occ4j:mutation-id"],
  ["otherPayload", 422, "urn:occ4j:mutation-mismatch"],
]) {
  test(`${name}_isRejectedWithoutARetry`, async () => {
    const { client, server, time } = start();
    const edit = client.update("1", { title: "Mine" });
    await server.refuse(status, type);
    assert.deepEqual([edit.state, edit.problem.type, time.pauses.length], ["REJECTED", type, 0]);
  });
}

test("unreadableSuccess_countsAsNoAnswer", async () => {
  const { client, server, time } = start();
  const edit = client.update("1", { title: "Mine" });
  const first = await server.raw(200, "<html>Welcome to our network</html>");
  assert.equal(edit.waiting.reason, "network");
  await time.fire();
  const second = await server.reply(200, task(11, { title: "Mine" }));
  assert.deepEqual([second.raw, edit.state], [first.raw, "CONFIRMED"]);
});

test("silentServer_isGivenUpAfterTheTimeoutAndAskedAgain", async () => {
  const { client, server, time } = start({ timeoutMillis: 5000 });
  const edit = client.update("1", { title: "Mine" });
  assert.equal(await time.fire(), 5000, "the exchange's own time limit");
  assert.equal(edit.waiting.reason, "network");
  await time.fire();
  assert.equal(server.requests.length, 2);
  assert.equal(server.requests[1].raw, server.requests[0].raw);
});

test("discard_whileSending_ignoresTheLateAnswer", async () => {
  const { client, server, shown } = start();
  const edit = client.update("1", { title: "Mine" });
  client.discard(edit);
  assert.equal(shown().title, "Water the plants");
  await server.conflict(task(11, { title: "Theirs" }));
  await settle();
  assert.equal((await edit.done).state, "DISCARDED");
});
