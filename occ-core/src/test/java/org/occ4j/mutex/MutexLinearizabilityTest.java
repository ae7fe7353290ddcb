/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Test;

/**
 * Trying and releasing are linearizable: each takes effect at one moment between its call and its
 * return, whatever the interleaving. The table has one slot, so that every key meets every other.
 *
 * <p>In scope: {@code tryAcquire}, {@code close} and a second, stale {@code close}, and {@code
 * holder}. Out of scope: what waits (a wait has no place in a sequential specification); jcstress
 * and the contract suite look after that.
 */
class MutexLinearizabilityTest {

  @Test
  void tryAndRelease_underModelChecking_areLinearizable() {
    check(new ModelCheckingOptions().invocationsPerIteration(100).iterations(5), OneSlot.class);
  }

  @Test
  void tryAndRelease_underStress_areLinearizable() {
    check(new StressOptions().invocationsPerIteration(1_000).iterations(20), OneSlot.class);
  }

  @Test
  void checkThenAct_isCaught() {
    assertThatThrownBy(() -> check(new ModelCheckingOptions().iterations(20), CheckThenAct.class))
        .isInstanceOf(LincheckAssertionError.class);
  }

  private static <O extends Options<O, ?>> void check(O options, Class<?> subject) {
    options
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(0)
        .actorsAfter(0)
        .minimizeFailedScenario(false)
        .sequentialSpecification(Specification.class)
        .check(subject);
  }

  /** What the mutex must look like: a map from keys to the threads that hold them. */
  public static class Specification {
    private final Map<Integer, Integer> owners = new HashMap<>();

    public boolean tryAcquire(int thread, int key) {
      return owners.putIfAbsent(key, thread) == null;
    }

    public boolean close(int thread, int key) {
      return owners.remove(key, thread);
    }

    public boolean isHeld(int key) {
      return owners.containsKey(key);
    }
  }

  /** The mutex, with the holds of each thread kept where no other thread looks. */
  @Param(name = "key", gen = IntGen.class, conf = "1:3")
  @Param(name = "thread", gen = ThreadIdGen.class)
  public static class OneSlot {
    private final InMemoryMutex<Integer> mutex =
        (InMemoryMutex<Integer>) KeyedMutex.<Integer>builder().slots(1).build();
    private final Map<String, Hold<Integer>> holds = new ConcurrentHashMap<>();

    @Operation
    public boolean tryAcquire(@Param(name = "thread") int thread, @Param(name = "key") int key) {
      Hold<Integer> hold = mutex.tryAcquire(key);
      if (hold != null) {
        holds.put(thread + ":" + key, hold);
      }
      return hold != null;
    }

    @Operation
    public boolean close(@Param(name = "thread") int thread, @Param(name = "key") int key) {
      Hold<Integer> hold = holds.get(thread + ":" + key);
      if (hold == null) {
        return false;
      }
      boolean held = hold.isValid(); // stays so until this thread closes it
      hold.close();
      return held;
    }

    @Operation
    public boolean isHeld(@Param(name = "key") int key) {
      return mutex.holder(key).isPresent();
    }
  }

  /** A mutex that looks and then acts: the twin that must be caught. */
  @Param(name = "key", gen = IntGen.class, conf = "1:3")
  @Param(name = "thread", gen = ThreadIdGen.class)
  public static class CheckThenAct {
    private final Map<Integer, Integer> owners = new ConcurrentHashMap<>();

    @Operation
    public boolean tryAcquire(@Param(name = "thread") int thread, @Param(name = "key") int key) {
      if (owners.containsKey(key)) {
        return false;
      }
      owners.put(key, thread);
      return true;
    }

    @Operation
    public boolean close(@Param(name = "thread") int thread, @Param(name = "key") int key) {
      return owners.remove(key, thread);
    }

    @Operation
    public boolean isHeld(@Param(name = "key") int key) {
      return owners.containsKey(key);
    }
  }
}
