/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import java.util.Random;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A thread's random choice among 1024 keys. */
@State(Scope.Thread)
public class RandomKeys {
  static final int COUNT = 1024;

  private int random = new Random().nextInt() | 1;

  static String[] all() {
    return IntStream.range(0, COUNT).mapToObj(i -> "task:" + i).toArray(String[]::new);
  }

  /** The index of a key, by xorshift (Marsaglia 2003): cheap beside a read. */
  int next() {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return random & (COUNT - 1);
  }
}
