/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;

/** Caches, pools and threads that are closed after each test, and loads that read another key. */
abstract class LoadsWithinLoadsFixture {
  static final Duration PATIENCE = Duration.ofSeconds(30);
  static final TaggedLoader<String, String> LEAF = (key, context) -> "<" + key + ">";

  final ExecutorService threads = Executors.newCachedThreadPool();
  final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    threads.shutdownNow();
    for (AutoCloseable one : opened) {
      one.close();
    }
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }

  ThreadPoolExecutor pool(int size) {
    var pool = new ThreadPoolExecutor(size, size, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
    opened.add(pool::shutdownNow);
    return pool;
  }

  static InMemoryCacheBuilder<String, String> builder() {
    return TaggedCache.builder("orders");
  }

  TaggedCache<String, String> open(TaggedCache<String, String> cache) {
    opened.add(cache);
    return cache;
  }

  static <T> T result(Future<T> future) throws Exception {
    return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  static String fail(Future<?> future) throws Exception {
    try {
      return "no failure but " + result(future);
    } catch (ExecutionException e) {
      assertThat(e).hasRootCauseInstanceOf(CacheLoadException.class);
      return String.valueOf(Throwables.getRootCause(e).getMessage());
    }
  }

  static Map<String, String> named(Iterable<String> keys) {
    Map<String, String> named = new HashMap<>();
    keys.forEach(key -> named.put(key, "<" + key + ">"));
    return named;
  }
}
