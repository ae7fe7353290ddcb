/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.occ4j.client.Server.Task;

/** A transport whose requests lie on the wire until the test says what becomes of them. */
final class Wire implements ClientTransport<String, Task> {
  /** A request on its way. */
  record Sent(MutationRequest<String, Task> request, CompletableFuture<Reply<Task>> answer) {
    void answer(Reply<Task> reply) {
      answer.complete(reply);
    }
  }

  final List<Sent> sent = new ArrayList<>();
  private final Server server;

  Wire(Server server) {
    this.server = server;
  }

  @Override
  public CompletionStage<Reply<Task>> send(MutationRequest<String, Task> request) {
    Sent one = new Sent(request, new CompletableFuture<>());
    sent.add(one);
    return one.answer();
  }

  Sent last() {
    return sent.get(sent.size() - 1);
  }

  /** The last request reaches the server, and its answer the client. */
  void deliver() {
    Sent one = last();
    one.answer(server.handle(one.request()));
  }

  /** The last request reaches the server; the answer is held back. */
  Reply<Task> handle() {
    return server.handle(last().request());
  }

  /** The connection of the last request breaks. */
  void cut() {
    last().answer().completeExceptionally(new java.io.IOException("cut"));
  }
}
