/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.change.Change;
import org.occ4j.change.Subscription;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Patience;
import org.occ4j.testkit.RecordingFollower;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlForeignChangeTest extends ForeignChangeContract {
  PostgresqlForeignChangeTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  String textType() {
    return "VARCHAR(50) COLLATE \"C\"";
  }

  @Test
  void truncate_isToldOfTheWholeStore() throws Exception {
    RecordingFollower told = new RecordingFollower();
    node.changes().poll(); // what earlier tests wrote
    try (Subscription following = node.changes().follow(told)) {
      assertThat(following).isNotNull();
      database.execute("TRUNCATE note");
      Patience.await().until(() -> !told.changes().isEmpty());
      Change change = told.changes().get(0);
      assertThat(change.kind()).isEqualTo(Change.Kind.INVALIDATE);
      assertThat(change.allTags()).containsExactly(org.occ4j.Tag.ofStore("note"));
    }
  }
}
