/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RecordMergeTest {
  record Task(String title, String assignee, int votes, String updatedBy) {}

  record Place(String city, String street) {}

  record Person(
      String name, Place home, Map<String, Object> extra, TreeMap<String, Integer> rank) {}

  record Range(int from, int to) {
    Range {
      if (from > to) {
        throw new IllegalArgumentException("from " + from + " to " + to);
      }
    }
  }

  record Plan(String name, Range range) {}

  @SuppressWarnings("ArrayRecordComponent") // what users write, and what equals gets wrong
  record Blob(byte[] bytes, BigDecimal size) {}

  private final Merger<Task> tasks = Merger.records(Task.class);
  private final Task base = new Task("tidy", "ana", 1, "ana");

  @Test
  void merge_differentFields_keepsBoth() {
    assertThat(
            tasks.merge(
                base, new Task("tidy up", "ana", 1, "ana"), new Task("tidy", "berta", 1, "ana")))
        .isEqualTo(new MergeResult.Merged<>(new Task("tidy up", "berta", 1, "ana")));
  }

  @Test
  void merge_sameField_overlapsAndHoldsMine() {
    assertThat(
            tasks.merge(
                base, new Task("mine", "ana", 1, "ana"), new Task("theirs", "berta", 1, "ana")))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                new Task("mine", "berta", 1, "ana"),
                List.of(new FieldChange("title", "tidy", "theirs", "mine"))));
  }

  @Test
  void merge_sameFieldToTheSame_isNoOverlap() {
    Task both = new Task("both", "ana", 1, "ana");
    assertThat(tasks.merge(base, both, both)).isEqualTo(new MergeResult.Merged<>(both));
  }

  @Test
  void merge_fieldSetToNull_isAChange() {
    Task unassigned = new Task("tidy", null, 1, "ana");
    assertThat(tasks.merge(base, unassigned, base).value()).isEqualTo(unassigned);
    assertThat(tasks.merge(base, base, unassigned).value()).isEqualTo(unassigned);
    assertThat(tasks.merge(base, unassigned, new Task("tidy", "berta", 1, "ana")))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                unassigned, List.of(new FieldChange("assignee", "ana", "berta", null))));
  }

  @Test
  void theirsAlways_bothChanged_takesTheirsAndListsNothing() {
    Merger<Task> merger = Merger.recordBuilder(Task.class).theirsAlways("updatedBy").build();
    Task mine = new Task("mine", "ana", 1, "m");
    Task theirs = new Task("tidy", "ana", 1, "t");

    assertThat(merger.merge(base, mine, theirs))
        .isEqualTo(new MergeResult.Merged<>(new Task("mine", "ana", 1, "t")));
    assertThat(merger.changes(base, theirs, mine))
        .containsExactly(new FieldChange("title", "tidy", "tidy", "mine"));
  }

  @Test
  void counter_bothAdded_addsBoth() {
    Merger<Task> merger = Merger.recordBuilder(Task.class).counter("votes").build();

    assertThat(merger.merge(base, votes(2), votes(2)).value().votes()).isEqualTo(3);
    assertThat(merger.merge(base, votes(4), votes(0)).value().votes()).isEqualTo(3);
    assertThat(merger.merge(base, votes(Integer.MAX_VALUE), votes(5)))
        .isInstanceOf(MergeResult.Overlapping.class);
  }

  private static Task votes(int votes) {
    return new Task("tidy", "ana", votes, "ana");
  }

  @Test
  void merge_nestedRecordAndMap_areMergedInside() {
    Merger<Person> people = Merger.records(Person.class);
    Person before = person("Ulm", "Weg 1", Map.of("a", 1, "b", 1));

    assertThat(
            people
                .merge(
                    before,
                    person("Bonn", "Weg 1", Map.of("a", 2, "b", 1)),
                    person("Ulm", "Weg 2", Map.of("a", 1)))
                .value())
        .isEqualTo(person("Bonn", "Weg 2", Map.of("a", 2)));
  }

  @Test
  void merge_nestedOverlap_namesThePath() {
    Merger<Person> people = Merger.records(Person.class);

    MergeResult<Person> result =
        people.merge(
            person("Ulm", "Weg 1", Map.of()),
            person("Bonn", "Weg 1", Map.of("x", 1)),
            person("Köln", "Weg 2", Map.of("x", 2)));

    assertThat(result)
        .isEqualTo(
            new MergeResult.Overlapping<>(
                person("Bonn", "Weg 2", Map.of("x", 1)),
                List.of(
                    new FieldChange("home.city", "Ulm", "Köln", "Bonn"),
                    new FieldChange("extra.x", null, 2, 1))));
  }

  @Test
  void merge_mapThatTheComponentCouldNotTakeRebuilt_isMergedAsAWhole() {
    Merger<Person> people = Merger.records(Person.class);
    Person before = new Person("p", null, null, new TreeMap<>(Map.of("a", 1)));
    Person mine = new Person("p", null, null, new TreeMap<>(Map.of("a", 2)));
    Person theirs = new Person("p", null, null, new TreeMap<>(Map.of("a", 1, "b", 1)));

    assertThat(people.merge(before, mine, before).value()).isEqualTo(mine);
    assertThat(people.merge(before, mine, theirs))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                mine, List.of(new FieldChange("rank", before.rank(), theirs.rank(), mine.rank()))));
  }

  private static Person person(String city, String street, Map<String, Object> extra) {
    return new Person("p", new Place(city, street), extra, new TreeMap<>());
  }

  @Test
  void merge_constructorRefusesTheMix_overlapsInAllDifferingFieldsAndHoldsMine() {
    Merger<Plan> plans = Merger.records(Plan.class);
    Plan mine = new Plan("p", new Range(5, 10));
    Plan theirs = new Plan("q", new Range(1, 2));

    MergeResult<Plan> result = plans.merge(new Plan("p", new Range(1, 10)), mine, theirs);

    assertThat(result)
        .isEqualTo(
            new MergeResult.Overlapping<>(
                new Plan("q", new Range(5, 10)),
                List.of(
                    new FieldChange("range.from", 1, 1, 5),
                    new FieldChange("range.to", 10, 2, 10))));
  }

  @Test
  void merge_constructorRefusesASumOnWhichBothAgree_overlaps() {
    Merger<Range> ranges = Merger.recordBuilder(Range.class).counter("from").build();
    Range both = new Range(6, 10);

    assertThat(ranges.merge(new Range(1, 10), both, both))
        .isEqualTo(new MergeResult.Overlapping<>(both, List.of(new FieldChange("from", 1, 6, 6))));
  }

  @Test
  void validator_jointlyWrong_overlapsInAllDifferingFieldsButAudit() {
    Merger<Task> merger =
        Merger.recordBuilder(Task.class)
            .theirsAlways("updatedBy")
            .validator(task -> task.title().length() + task.assignee().length() < 12)
            .build();
    Task mine = new Task("a longer", "ana", 1, "m");
    Task theirs = new Task("tidy", "berta-c", 1, "t");

    assertThat(merger.merge(base, mine, theirs))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                new Task("a longer", "ana", 1, "t"),
                List.of(
                    new FieldChange("title", "tidy", "tidy", "a longer"),
                    new FieldChange("assignee", "ana", "berta-c", "ana"))));
  }

  @Test
  void validator_oneSidesOwnValue_isNotAsked() {
    Merger<Task> merger =
        Merger.recordBuilder(Task.class)
            .theirsAlways("updatedBy")
            .validator(
                task -> {
                  throw new AssertionError("asked about " + task);
                })
            .build();
    Task mine = new Task("mine", "ana", 1, "m");

    assertThat(merger.merge(base, mine, new Task("tidy", "ana", 1, "t")).value())
        .isEqualTo(new Task("mine", "ana", 1, "t"));
    assertThat(merger.merge(base, base, mine).value()).isEqualTo(mine);
  }

  @Test
  void validator_throws_reachesTheCaller() {
    Merger<Task> merger =
        Merger.recordBuilder(Task.class)
            .validator(
                task -> {
                  throw new IllegalStateException("mine");
                })
            .build();

    assertThatThrownBy(
            () ->
                merger.merge(base, new Task("m", "ana", 1, "ana"), new Task("tidy", "b", 1, "ana")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("mine");
  }

  @Test
  void group_membersChangedApart_overlapTogether() {
    Merger<Task> merger = Merger.recordBuilder(Task.class).group("title", "assignee").build();
    Task mine = new Task("mine", "ana", 2, "ana");
    Task theirs = new Task("tidy", "berta", 1, "t");

    assertThat(merger.merge(base, mine, theirs))
        .isEqualTo(
            new MergeResult.Overlapping<>(
                new Task("mine", "ana", 2, "t"),
                List.of(
                    new FieldChange("title", "tidy", "tidy", "mine"),
                    new FieldChange("assignee", "ana", "berta", "ana"))));
    assertThat(merger.merge(base, mine, base).value()).isEqualTo(mine);
    assertThat(merger.merge(base, base, theirs).value()).isEqualTo(theirs);
  }

  @Test
  void merge_arraysAndNumbers_compareByContentAndValue() {
    Merger<Blob> blobs = Merger.records(Blob.class);
    Blob before = new Blob(new byte[] {1, 2}, new BigDecimal("1.0"));
    Blob sameMine = new Blob(new byte[] {1, 2}, new BigDecimal("1.00"));
    Blob theirs = new Blob(new byte[] {3}, new BigDecimal("2"));

    assertThat(blobs.merge(before, sameMine, theirs))
        .isEqualTo(new MergeResult.Merged<>(new Blob(theirs.bytes(), theirs.size())));
    assertThat(blobs.changes(null, before, sameMine)).isEmpty();
  }

  @Test
  void changes_baseUnknown_hasNullBase() {
    assertThat(tasks.changes(null, base, new Task("mine", "ana", 2, "ana")))
        .containsExactly(
            new FieldChange("title", null, "tidy", "mine"), new FieldChange("votes", null, 1, 2));
  }

  @Test
  void builder_unknownField_isNamed() {
    MergerBuilder<Person> people = Merger.recordBuilder(Person.class);

    assertThatThrownBy(() -> people.counter("nmae"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'nmae'")
        .hasMessageContaining("[name, home, extra, rank]");
    assertThatThrownBy(() -> people.theirsAlways("home.town"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'town'");
    assertThatThrownBy(() -> people.group("name", "nick"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'nick'");
    assertThatThrownBy(() -> people.asSet("home..city"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'home..city'");
    people.counter("extra.anything");
  }

  @Test
  void builder_ruleThatDoesNotFitOrTwice_isRefused() {
    record Bag(
        Set<String> tags, List<Place> places, java.util.SortedSet<String> sorted, boolean on) {}
    MergerBuilder<Bag> bags = Merger.recordBuilder(Bag.class);

    assertThatThrownBy(() -> bags.counter("tags")).hasMessageContaining("counter");
    assertThatThrownBy(() -> bags.counter("on")).hasMessageContaining("boolean");
    assertThatThrownBy(() -> bags.asSet("sorted")).hasMessageContaining("SortedSet");
    assertThatThrownBy(() -> bags.keyed("on", Place.class, Place::city))
        .hasMessageContaining("keyed");
    bags.asSet("tags");
    assertThatThrownBy(() -> bags.theirsAlways("tags")).hasMessageContaining("already");
    assertThatThrownBy(() -> bags.group("tags", "on")).hasMessageContaining("already");
    assertThatThrownBy(() -> bags.group("on")).hasMessageContaining("two");
    assertThatThrownBy(() -> bags.group("on", "on")).hasMessageContaining("twice");
    assertThatThrownBy(() -> bags.group("places.x", "on")).hasMessageContaining("parent");
    bags.validator(bag -> true);
    assertThatThrownBy(() -> bags.validator(bag -> true)).hasMessageContaining("already");
  }

  @Test
  void records_notARecordByErasure_isRefused() {
    @SuppressWarnings({"unchecked", "rawtypes"})
    Class<Task> wrong = (Class) String.class;

    assertThatThrownBy(() -> Merger.records(wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.lang.String is not a record");
  }

  @Test
  void records_closedPackage_saysWhatToOpen() {
    // A record that the JDK keeps to itself stands for one in a module that is not open.
    assertThatThrownBy(() -> RecordFields.of(closedRecord()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("opens ");
  }

  private static Class<?> closedRecord() throws ClassNotFoundException {
    return Class.forName("sun.security.pkcs.SignerInfo$AlgorithmInfo");
  }
}
