/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.client.Server.Task;
import org.occ4j.mutation.Edit;

/** The transport and the client over it, against a real server and what goes wrong on the way. */
class HttpTransportTest {
  private static final String KEY = "42";
  private static final Task TASK = new Task("tidy", "ana", 0);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final AtomicInteger token = new AtomicInteger();
  private TaskService service;
  private HttpTransport<String, Task> transport;
  private OptimisticClient<String, Task> client;

  @BeforeEach
  void start() throws Exception {
    service = new TaskService();
    transport = transport(Duration.ofMinutes(1));
    client = client(transport);
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private HttpTransport<String, Task> transport(Duration timeout) {
    return HttpTransport.<String, Task>builder(
            service::address,
            request -> write(request.value()),
            new HttpReplies<Task>(HttpTransportTest::read, HttpTransportTest::state))
        .headers(key -> Map.of("Authorization", "t" + token.incrementAndGet(), "If-Match", "\"1\""))
        .timeout(timeout)
        .build();
  }

  private static OptimisticClient<String, Task> client(HttpTransport<String, Task> transport) {
    return OptimisticClient.builder(transport, Server.MERGER)
        .retry(
            new RetryPolicy(5, Duration.ofMinutes(2), Duration.ofMillis(1), Duration.ofMillis(20)))
        .build();
  }

  private static String write(Object value) {
    try {
      return TaskService.JSON.writeValueAsString(value);
    } catch (JsonProcessingException odd) {
      throw new UncheckedIOException(odd);
    }
  }

  private static Object read(String json) {
    try {
      return TaskService.JSON.readValue(json, Object.class);
    } catch (JsonProcessingException noJson) {
      throw new UncheckedIOException(noJson);
    }
  }

  private static Versioned<Task> state(Map<?, ?> members) {
    Task task =
        new Task(
            (String) members.get("title"),
            (String) members.get("assignee"),
            (Integer) members.get("votes"));
    return new Versioned<>(task, ((Number) members.get("version")).longValue(), null, null);
  }

  private Versioned<Task> loaded() {
    service.store.put(KEY, TASK, Expected.any()).orThrow();
    Versioned<Task> state = transport.read(KEY).toCompletableFuture().join().orElseThrow();
    client.accept(KEY, state);
    return state;
  }

  private PendingEdit<Task> title(String text) {
    return client.edit(KEY, Edit.update(task -> task.withTitle(text)));
  }

  private static EditState end(PendingEdit<Task> edit) throws Exception {
    return edit.settled().toCompletableFuture().get(90, TimeUnit.SECONDS);
  }

  private Reply<Task> put(Task value) throws Exception {
    return send(
        new MutationRequest<>(UUID.randomUUID(), KEY, Expected.version(1), TASK, value, null));
  }

  private Reply<Task> send(MutationRequest<String, Task> request) throws Exception {
    return transport.send(request).toCompletableFuture().get(90, TimeUnit.SECONDS);
  }

  private Task stored() {
    return service.store.get(KEY).orElseThrow().value();
  }

  private long sendings() {
    return service.seen.stream().filter(each -> !each.method().equals("GET")).count();
  }

  private void assertOneMutationAndOneEffect(int sendings) {
    assertThat(sendings()).isEqualTo(sendings);
    assertThat(service.seen.stream().filter(each -> !each.method().equals("GET")))
        .extracting(TaskService.Seen::id)
        .containsOnly(service.seen.get(service.seen.size() - 1).id());
    assertThat(service.effects).hasValue(1);
  }

  @Test
  void edit_changeCreationAndDeletion_areConfirmed() throws Exception {
    assertThat(end(client.edit(KEY, Edit.set(TASK)))).isEqualTo(EditState.CONFIRMED);
    assertThat(stored()).isEqualTo(TASK);
    assertThat(end(title("mine"))).isEqualTo(EditState.CONFIRMED);
    assertThat(stored().title()).isEqualTo("mine");
    assertThat(end(client.edit(KEY, task -> null))).isEqualTo(EditState.CONFIRMED);
    assertThat(service.store.get(KEY)).isEmpty();
    assertThat(client.view(KEY).value()).isNull();
    assertThat(service.seen)
        .extracting(TaskService.Seen::method)
        .containsExactly("PUT", "PUT", "DELETE");
    assertThat(service.seen.get(0).contentType()).isEqualTo("application/json");
  }

  @Test
  void edit_stateMoved_conflictsAndIsAppliedUnderAnotherId() throws Exception {
    loaded();
    service.store.put(KEY, TASK.withAssignee("berta"), Expected.any()).orThrow();
    PendingEdit<Task> edit = title("mine");
    await().until(() -> edit.state() == EditState.CONFLICTED);

    assertThat(edit.conflict().orElseThrow().current().value().assignee()).isEqualTo("berta");
    assertThat(edit.refreshAndApply()).isTrue();
    assertThat(end(edit)).isEqualTo(EditState.CONFIRMED);
    assertThat(stored()).isEqualTo(new Task("mine", "berta", 0));
    assertThat(service.seen.stream().map(TaskService.Seen::id).distinct()).hasSize(3);
  }

  @Test
  void answerLost_sameIdIsSentAgain_andThereIsOneEffect() throws Exception {
    loaded();
    service.faults.add(service.answerLost());
    service.faults.add(service.answerCutOff());

    assertThat(end(title("mine"))).isEqualTo(EditState.CONFIRMED);
    assertThat(stored().title()).isEqualTo("mine");
    assertOneMutationAndOneEffect(3);
  }

  @Test
  void answerThatNeverComes_orNeverEnds_isGivenUpAndSentAgain() throws Exception {
    loaded();
    client = client(transport(SHORT));
    client.accept(KEY, service.store.get(KEY).orElseThrow());
    service.faults.add(service.silence());
    service.faults.add(service.bodyThatStalls());

    assertThat(end(title("mine"))).isEqualTo(EditState.CONFIRMED);
    assertThat(service.effects).hasValue(1);
  }

  @Test
  void serverGone_isLost() {
    service.close();

    assertThatThrownBy(() -> put(TASK)).hasCauseInstanceOf(java.io.IOException.class);
    assertThatThrownBy(() -> transport.read(KEY).toCompletableFuture().join())
        .isInstanceOf(CompletionException.class);
  }

  @Test
  void answerLost_thenUnauthorized_isUnknownUntilItIsSentAgain() throws Exception {
    loaded();
    service.faults.add(service.answerLost());
    service.faults.add(TaskService.page(401));
    PendingEdit<Task> edit = title("mine");
    await().until(() -> edit.doubt().isPresent());
    assertThat(edit.state()).isEqualTo(EditState.UNKNOWN);

    assertThat(edit.resend()).isTrue();

    assertThat(end(edit)).isEqualTo(EditState.CONFIRMED);
    assertOneMutationAndOneEffect(3);
    assertThat(service.seen.stream().map(TaskService.Seen::authorization).distinct())
        .as("read anew for each sending")
        .hasSize(service.seen.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 400, 401, 403, 404, 407, 409, 410, 412, 413, 421, 422, 425, 428, 451})
  void refusalByOthers_isForeign_andFinalForTheOnlySending(int status) throws Exception {
    service.faults.add(TaskService.page(status));
    assertThat(put(TASK)).isEqualTo(new Reply.Foreign<>("http-" + status, "HTTP " + status));

    loaded();
    service.faults.add(TaskService.page(status));
    PendingEdit<Task> edit = title("mine");
    assertThat(end(edit)).isEqualTo(EditState.REJECTED);
    assertThat(edit.rejection().orElseThrow().code()).isEqualTo("http-" + status);
    assertThat(stored()).isEqualTo(TASK);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void failureOfOthers_isSentAgain(int status) throws Exception {
    loaded();
    service.faults.add(TaskService.page(status));

    assertThat(end(title("mine"))).isEqualTo(EditState.CONFIRMED);
    assertOneMutationAndOneEffect(2);
  }

  @Test
  void retryAfter_secondsAndDates_areTheLeastPause() throws Exception {
    service.faults.add(TaskService.page(429, "Retry-After", "7"));
    assertThat(put(TASK)).isEqualTo(new Reply.Lost<>(Duration.ofSeconds(7)));
    service.faults.add(TaskService.page(429, "Retry-After", "Sun, 29 Nov 2099 12:00:00 GMT"));
    assertThat(put(TASK)).as("at most a day").isEqualTo(new Reply.Lost<>(Duration.ofDays(1)));
    service.faults.add(TaskService.problem(503, "unavailable", "Retry-After", "3"));
    assertThat(put(TASK)).isEqualTo(new Reply.Retry<>(Duration.ofSeconds(3)));
  }

  @Test
  void ownWords_areTheContracts() throws Exception {
    loaded();
    assertThat(end(title(Server.FORBIDDEN))).isEqualTo(EditState.REJECTED);
    service.faults.add(TaskService.problem(428, "precondition-required"));
    assertThat(end(title("mine"))).isEqualTo(EditState.REJECTED);
    service.faults.add(TaskService.problem(409, "unresolved"));
    PendingEdit<Task> open = title("mine");
    await().until(() -> open.doubt().isPresent());
    assertThat(stored()).isEqualTo(TASK);
  }

  @Test
  void sameIdWithAnotherPayload_isRefusedByTheService() throws Exception {
    long version = loaded().version();
    UUID id = UUID.randomUUID();
    Expected expected = Expected.version(version);
    assertThat(send(new MutationRequest<>(id, KEY, expected, TASK, TASK.withVotes(1), null)))
        .isInstanceOf(Reply.Confirmed.class);
    assertThat(send(new MutationRequest<>(id, KEY, expected, TASK, TASK.withVotes(2), null)))
        .isInstanceOf(Reply.Rejected.class);
  }

  @Test
  void read_nothingThere_isEmpty_andAnythingElseIsAnError() {
    assertThat(transport.read(KEY).toCompletableFuture().join()).isEmpty();
    service.faults.add(TaskService.page(404));
    assertThatThrownBy(() -> transport.read(KEY).toCompletableFuture().join())
        .hasMessageContaining("HTTP 404");
    service.faults.add(TaskService.page(200));
    assertThatThrownBy(() -> transport.read(KEY).toCompletableFuture().join())
        .hasMessageContaining("HTTP 200");
  }

  @Test
  void send_expectationThatNoClientHas_isRefused() {
    var request = new MutationRequest<>(UUID.randomUUID(), KEY, Expected.any(), TASK, TASK, null);
    assertThatThrownBy(() -> transport.send(request)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> transport(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
  }
}
