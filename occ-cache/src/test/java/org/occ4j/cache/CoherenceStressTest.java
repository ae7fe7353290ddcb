/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.Tag;
import org.occ4j.cache.CoherenceStress.Slowness;

/**
 * The protocol under stress, and each of its rules broken once. The broken twins show that the
 * stress would notice: each differs from the protocol by one step.
 */
class CoherenceStressTest {
  private static final long READS = 100_000;
  private static final Duration TIME = Duration.ofSeconds(60);

  @Test
  void protocol_underStress_neverReturnsAnInvalidatedValue() throws Exception {
    var stress = new CoherenceStress(new Coherence());
    assertThat(stress.run(READS, TIME)).isZero();
    assertNotIdle(stress);
  }

  @Test
  void protocol_withEveryWindowWidened_neverReturnsAnInvalidatedValue() throws Exception {
    var stress = new CoherenceStress(new Widened());
    assertThat(stress.run(READS, TIME)).isZero();
    assertNotIdle(stress);
  }

  /** A stress in which nothing was hit, joined, refused or invalidated would prove nothing. */
  private static void assertNotIdle(CoherenceStress stress) {
    var stats = stress.stats();
    assertThat(stats.loads()).isPositive().isLessThan(stress.reads());
    assertThat(stats.joined()).isPositive();
    assertThat(stats.rejoined()).isPositive();
    assertThat(stats.refusals()).isPositive();
    assertThat(stats.missesInvalidated()).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void protocol_withOneRuleBroken_isCaught(BrokenRule rule) throws Exception {
    assertThat(new CoherenceStress(rule.protocol.get()).run(Long.MAX_VALUE, TIME))
        .as("wrong reads with %s", rule)
        .isPositive();
  }

  /** The rules of {@link Coherence} by their numbers, each with a protocol that breaks it. */
  @SuppressWarnings("ImmutableEnumChecker") // the suppliers make anew, and hold nothing
  enum BrokenRule {
    I1_STAMP_AFTER_THE_LOAD(StampAfterLoad::new),
    I2_REMOVE_THEN_KILL(RemoveThenKill::new),
    I2_REMOVE_THEN_MOVE_THE_EPOCH(RemoveThenMoveEpoch::new),
    I3_NO_EPOCH(NoEpoch::new),
    I3_EPOCH_BEFORE_THE_KILL(EpochBeforeKill::new),
    I3_STRIPE_OF_THE_EPOCH_BEFORE(StripeOfTheEpochBefore::new),
    I3_EPOCH_READ_AFTER_THE_CHECKS(EpochReadAfterChecks::new),
    I4_LOOK_THEN_REGISTER(LookThenRegister::new),
    I5_LOOK_THEN_LEAVE(LookThenLeave::new),
    I6_COMPARE_WITH_ARRIVAL(CompareWithArrival::new);

    private final Supplier<Coherence> protocol;

    BrokenRule(Supplier<Coherence> protocol) {
      this.protocol = protocol;
    }
  }

  /** The right protocol, with pauses where the broken ones have their windows. */
  static class Widened extends Coherence {
    @Override
    void retire(TagNode node) {
      Slowness.sometimes();
      node.kill();
      beginEpoch(node);
      forget(node);
    }

    @Override
    void beginEpoch(TagNode node) {
      Slowness.sometimes();
      super.beginEpoch(node);
      Slowness.sometimes();
    }

    @Override
    TagNode[] register(Collection<Tag> tags) {
      Slowness.sometimes();
      TagNode[] nodes = super.register(tags);
      Slowness.sometimes();
      return nodes;
    }

    @Override
    long lastInvalidated(Object key, TagNode[] nodes) {
      long last = super.lastInvalidated(key, nodes);
      Slowness.sometimes();
      return last;
    }
  }

  /** A value is taken to be as old as its keeping; what was invalidated during its load is lost. */
  static final class StampAfterLoad extends Widened {
    @Override
    long stamp(ReadPoint source, String cacheName) {
      return now();
    }
  }

  /** A second invalidator finds no node, and returns while entries hold a live one. */
  static final class RemoveThenKill extends Widened {
    @Override
    void retire(TagNode node) {
      forget(node);
      Slowness.sometimes();
      node.kill();
      beginEpoch(node);
    }
  }

  /** A second invalidator finds no node, and returns while readers take a dead one for alive. */
  static final class RemoveThenMoveEpoch extends Widened {
    @Override
    void retire(TagNode node) {
      node.kill();
      forget(node);
      Slowness.sometimes();
      beginEpoch(node);
    }
  }

  /** Who found the node alive once is never told otherwise. */
  static final class NoEpoch extends Widened {
    @Override
    void beginEpoch(TagNode node) {}
  }

  /** A check between the epoch's beginning and the kill counts as done after the kill. */
  static final class EpochBeforeKill extends Widened {
    @Override
    void retire(TagNode node) {
      beginEpoch(node);
      Slowness.sometimes();
      node.kill();
      forget(node);
    }
  }

  /** The stripe says that a check before the kill came after it. */
  static final class StripeOfTheEpochBefore extends Widened {
    @Override
    void beginEpoch(TagNode node) {
      raiseStripe(node, presentEpoch());
      var unused = moveEpoch();
    }
  }

  /** An invalidation during the checks is taken for one that was checked. */
  static final class EpochReadAfterChecks extends Widened {
    @Override
    Validity look(Entry<?> entry) {
      Validity validity = check(entry);
      if (validity == Validity.CURRENT) {
        Slowness.sometimes();
        entry.validatedAt(presentEpoch());
      }
      return validity;
    }
  }

  /** An invalidator between the two finds no node, and its version is not looked at any more. */
  static final class LookThenRegister extends Widened {
    @Override
    TagNode[] register(Collection<Tag> tags) {
      Set<Tag> closure = new LinkedHashSet<>(tags);
      tags.forEach(tag -> closure.addAll(tag.ancestors()));
      return closure.stream().map(TagNode::new).toArray(TagNode[]::new);
    }

    @Override
    long lastInvalidated(Object key, TagNode[] nodes) {
      long last = super.lastInvalidated(key, nodes);
      Slowness.sometimes();
      Set<Tag> tags = new LinkedHashSet<>();
      for (TagNode node : nodes) {
        tags.add(node.tag());
      }
      System.arraycopy(super.register(tags), 0, nodes, 0, nodes.length);
      return last;
    }
  }

  /** Who joins after the look, having seen an invalidation, is not told of it. */
  static final class LookThenLeave extends Widened {
    @Override
    long lastInvalidatedForWaiters(Object key, TagNode[] nodes, long atAdmission) {
      return atAdmission;
    }
  }

  /** Who arrives after an invalidation takes it for one that the load has seen. */
  static final class CompareWithArrival extends Widened {
    @Override
    boolean mayTake(long arrival, long start, long lastInvalidated) {
      return start >= arrival || lastInvalidated <= arrival;
    }
  }
}
