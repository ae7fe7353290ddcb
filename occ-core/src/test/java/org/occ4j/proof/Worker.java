/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;

/**
 * Calls a node at random, as one client after the other would: it mostly expects what it saw last,
 * sends again what it has no answer to, and now and then what another worker sends at this moment.
 */
final class Worker {
  private static final int ATTEMPTS = 3;
  private static final long REST_NANOS = 20_000_000;

  private final Client client;
  private final List<String> keys;
  private final AtomicReference<@Nullable Intent> latest;
  private final Random random;
  private final Random reading;
  private final Map<String, State> seen = new HashMap<>();
  private final List<Intent> open = new ArrayList<>();

  /**
   * A worker.
   *
   * @param latest the mutation that any worker began last, shared by all
   */
  Worker(Client client, List<String> keys, AtomicReference<@Nullable Intent> latest, long seed) {
    this.client = client;
    this.keys = keys;
    this.latest = latest;
    this.random = new Random(seed);
    this.reading = new Random(seed);
  }

  /**
   * Makes one call, and what it takes to know its outcome, between looks through the node's cache.
   */
  void step() throws Exception {
    String key = keys.get(random.nextInt(keys.size()));
    client.readCached(key);
    call(key);
    client.readCached(key);
    client.readCached(keys.get(reading.nextInt(keys.size())));
  }

  private void call(String key) throws Exception {
    int dice = random.nextInt(100);
    if (dice < 20) {
      look(client.read(key));
    } else if (dice < 35) {
      look(client.put(key, expected(key)));
    } else if (dice < 40) {
      look(client.delete(key, expected(key)));
    } else if (dice < 48) {
      client.hold(key, () -> look(client.read(key)));
    } else if (dice < 56 && latest.get() != null) {
      carryOut(latest.get());
    } else {
      Intent intent = intent(key, dice);
      latest.set(intent);
      carryOut(intent);
    }
  }

  private Intent intent(String key, int dice) {
    Call call = dice < 62 ? Call.EFFECT : dice < 66 ? Call.DELETE : Call.EDIT;
    boolean audited = call == Call.EFFECT || random.nextInt(3) == 0;
    boolean rejects = call == Call.EDIT && random.nextInt(8) == 0;
    UUID id = new UUID(random.nextLong(), random.nextLong());
    return new Intent(id, call, key, client.fresh(), expected(key), audited, rejects);
  }

  private Expected expected(String key) {
    State last = seen.getOrDefault(key, State.ABSENT);
    return switch (random.nextInt(8)) {
      case 0, 1 -> Expected.any();
      case 2 -> Expected.present();
      case 3 -> Expected.absent();
      default -> last.isAbsent() ? Expected.absent() : Expected.version(last.version());
    };
  }

  private void look(Operation told) {
    switch (told.told()) {
      case FOUND, APPLIED, CONFLICT, REPLAYED -> seen.put(told.key(), told.state());
      case NOTHING_DONE -> LockSupport.parkNanos(REST_NANOS);
      case REJECTED, UNKNOWN -> {}
    }
  }

  private void carryOut(Intent intent) throws Exception {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Operation told = client.send(intent);
      look(told);
      if (told.told() != Told.UNKNOWN && told.told() != Told.NOTHING_DONE) {
        return;
      }
    }
    open.add(intent);
  }

  /**
   * Sends again what has no answer yet, once each.
   *
   * @return whether all is answered
   */
  boolean settle() throws Exception {
    List<Intent> again = new ArrayList<>(open);
    open.clear();
    for (Intent intent : again) {
      Told told = client.send(intent).told();
      if (told == Told.UNKNOWN || told == Told.NOTHING_DONE) {
        open.add(intent);
      }
    }
    return open.isEmpty();
  }
}
