/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.client.Server.Task;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;
import org.occ4j.testkit.FakeTicker;

/**
 * A client over a wire that answers when the test says so, and time that passes when it says so.
 */
abstract class ClientFixture {
  static final String KEY = "42";
  static final Task TASK = new Task("tidy", "ana", 0);

  final Server server = new Server();
  final Wire wire = new Wire(server);
  final ManualScheduler scheduler = new ManualScheduler();
  final FakeTicker ticker = new FakeTicker();
  final List<PendingEdit<Task>> settled = new ArrayList<>();
  final OptimisticClient<String, Task> client = client(Server.MERGER);

  OptimisticClient<String, Task> client(Merger<Task> merger) {
    return OptimisticClient.builder(wire, merger)
        .scheduler(scheduler)
        .ticker(ticker)
        .retry(RetryPolicy.of(3, Duration.ofMinutes(1)))
        .listener(
            new ClientListener<String, Task>() {
              @Override
              public void changed(String key) {}

              @Override
              public void settled(String key, PendingEdit<Task> edit) {
                settled.add(edit);
              }
            })
        .build();
  }

  Versioned<Task> loaded() {
    Versioned<Task> state = server.put(KEY, TASK);
    client.accept(KEY, state);
    return state;
  }

  PendingEdit<Task> title(String text) {
    return client.edit(KEY, Edit.update(task -> task.withTitle(text)));
  }

  PendingEdit<Task> assignee(String name) {
    return client.edit(KEY, Edit.update(task -> task.withAssignee(name)));
  }

  Task shown() {
    return client.view(KEY).value();
  }

  Task stored() {
    return server.store.get(KEY).orElseThrow().value();
  }

  PendingEdit<Task> conflicted() {
    loaded();
    server.put(KEY, TASK.withAssignee("berta"));
    PendingEdit<Task> edit = title("mine");
    wire.deliver();
    return edit;
  }
}
