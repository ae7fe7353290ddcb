/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.occ4j.Tag;

/** When a reader must look at the nodes of an entry, and when it need not. */
class TagStripesTest {
  private final TagStripes stripes = new TagStripes();
  private final CountingCoherence coherence = new CountingCoherence();

  @Test
  void stripes_whereNothingWasRaised_areQuiet() {
    assertThat(stripes.areQuietSince(TagStripes.of(nodes(8)), 0)).isTrue();
  }

  @Test
  void stripes_ofWhichAnyWasRaised_areNotQuietBeforeThatEpoch() {
    TagNode[] nodes = nodes(8);
    for (TagNode node : nodes) {
      TagStripes raised = new TagStripes();
      raised.raise(node, 5);
      assertThat(raised.areQuietSince(TagStripes.of(nodes), 4)).as("%s", node.tag()).isFalse();
      assertThat(raised.areQuietSince(TagStripes.of(nodes), 5)).as("%s", node.tag()).isTrue();
    }
  }

  @Test
  void stripe_raisedToAnEarlierEpoch_keepsTheLaterOne() {
    TagNode node = nodes(1)[0];
    stripes.raise(node, 5);
    stripes.raise(node, 3);
    assertThat(stripes.areQuietSince(stripeOf(node), 4)).isFalse();
  }

  @Test
  void stripes_raisedByNodesOfOthers_areQuiet() {
    TagNode mine = nodes(1)[0];
    others(mine.tag()).forEach(other -> stripes.raise(new TagNode(other), 7));
    assertThat(stripes.areQuietSince(stripeOf(mine), 0)).isTrue();
  }

  @Test
  void stripes_ofMoreNodesThanThereIsRoomFor_areNeverQuiet() {
    assertThat(stripes.areQuietSince(TagStripes.of(nodes(9)), Long.MAX_VALUE)).isFalse();
  }

  @Test
  void stripes_ofNoNodes_areAlwaysQuiet() {
    for (TagNode node : nodes(1_000)) {
      stripes.raise(node, 7);
    }
    assertThat(stripes.areQuietSince(TagStripes.of(nodes(0)), 0)).isTrue();
  }

  @Test
  void hit_whereOnlyTagsThatNoEntryCarriesWereInvalidated_looksAtNoNode() {
    Entry<String> entry = validated("order-1");
    IntStream.range(0, 1_000).forEach(i -> coherence.invalidate(Set.of(Tag.of("foreign", i))));
    assertThat(coherence.isValidated(entry)).isTrue();
  }

  @Test
  void hit_whereTagsOfOtherStripesWereInvalidated_looksAtNoNode() {
    Entry<String> entry = validated("order-1");
    TagNode[] others = coherence.register(others(Tag.of("order-1")));
    for (TagNode other : others) {
      coherence.invalidate(Set.of(other.tag()));
    }
    assertThat(others).hasSizeGreaterThan(900);
    assertThat(coherence.isValidated(entry)).isTrue();
  }

  @Test
  void hit_whereItsTagWasInvalidatedOrMarked_looks() {
    Entry<String> invalidated = validated("order-1");
    coherence.invalidate(Set.of(Tag.of("order-1")));
    assertThat(coherence.isValidated(invalidated)).isFalse();
    assertThat(coherence.validity(invalidated)).isEqualTo(Coherence.Validity.VOID);

    Entry<String> marked = validated("order-2");
    coherence.mark(Set.of(Tag.of("order-2")), 1);
    assertThat(coherence.isValidated(marked)).isFalse();
    assertThat(coherence.validity(marked)).isEqualTo(Coherence.Validity.STALE);
  }

  @Test
  void hit_ofADiscardedEntryOrBelowTheFloor_isNotTakenForChecked() {
    Entry<String> discarded = validated("order-1");
    discarded.discard();
    assertThat(coherence.isValidated(discarded)).isFalse();

    Entry<String> below = validated("order-2");
    coherence.invalidateAll();
    assertThat(coherence.isValidated(below)).isFalse();
  }

  @Test
  void register_ofATagWhoseNodeIsDeadButStillKnown_endsTheInvalidationFirst() {
    Entry<String> entry = validated("order-1");
    entry.nodes()[0].kill(); // an invalidator that stands still after the kill

    TagNode[] fresh = coherence.register(Set.of(Tag.of("order-1")));

    assertThat(fresh[0]).isNotSameAs(entry.nodes()[0]);
    assertThat(fresh[0].isDead()).isFalse();
    assertThat(coherence.epochs).hasValue(1);
    assertThat(coherence.isValidated(entry)).isFalse();
  }

  private Entry<String> validated(String tag) {
    TagNode[] nodes = coherence.register(Set.of(Tag.of(tag)));
    Entry<String> entry = new Entry<>("value", nodes, 1, coherence.now(), 0, 0, 1, 1);
    assertThat(coherence.validity(entry)).isEqualTo(Coherence.Validity.CURRENT);
    assertThat(coherence.isValidated(entry)).isTrue();
    return entry;
  }

  /** A thousand tags but those that share the stripe of this one. */
  private static Set<Tag> others(Tag tag) {
    long own = stripeOf(new TagNode(tag));
    Set<Tag> others = new LinkedHashSet<>();
    for (TagNode node : nodes(1_000)) {
      if (stripeOf(node) != own) {
        others.add(node.tag());
      }
    }
    return others;
  }

  private static long stripeOf(TagNode node) {
    return TagStripes.of(new TagNode[] {node});
  }

  private static TagNode[] nodes(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new TagNode(Tag.of("node-" + i)))
        .toArray(TagNode[]::new);
  }

  /** Counts the epochs. */
  private static final class CountingCoherence extends Coherence {
    private final AtomicInteger epochs = new AtomicInteger();

    @Override
    void beginEpoch(TagNode node) {
      epochs.incrementAndGet();
      super.beginEpoch(node);
    }
  }
}
