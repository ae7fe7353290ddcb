/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * The process is killed before each statement of a mutation, before its commit, and after it: the
 * retry finds all of it done or nothing, and ends with one effect.
 */
@Tag("slow")
class H2PipelineKillTest {

  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");

  /** A mutation has a few statements; this many stops would mean that it never ends. */
  private static final int MORE_THAN_ENOUGH = 50;

  @Test
  void apply_killedAtEachStatement_retryEndsWithOneEffect() throws Exception {
    int stops = 0;
    boolean finished = false;
    while (!finished) {
      assertThat(++stops).isLessThan(MORE_THAN_ENOUGH);
      finished = killAt(stops);
    }
    // Fewer would mean that the stops are no longer where the statements are.
    assertThat(stops).isGreaterThan(5);
  }

  /** Kills a mutation at this stop, and retries it; says whether the mutation had ended before. */
  private static boolean killAt(int stop) throws Exception {
    TestDatabase database = Engine.H2.server().newDatabase();
    String id = UUID.randomUUID().toString();
    try (OccDatabase prepared = OccDatabase.builder(database.dataSource()).createSchema().open()) {
      assertThat(prepared.profile().family()).isEqualTo(EngineProfile.Family.H2);
    }
    database.execute("CREATE TABLE audit (text VARCHAR(100))");
    boolean finished;
    try (ChildJvm child =
        ChildJvm.start(
            Mutator.class,
            database.jdbcUrl(),
            database.user(),
            database.password(),
            id,
            Integer.toString(stop))) {
      child.awaitPoint(StoppingDataSource.STOPPED);
      finished = child.output().contains(Mutator.FINISHED);
      child.kill();
      child.awaitExit();
    }
    requireOneEffect(database, id);
    return finished;
  }

  private static void requireOneEffect(TestDatabase database, String id) throws Exception {
    JdbcDataSource dataSource =
        dataSource(database.jdbcUrl(), database.user(), database.password());
    try (OccDatabase node = OccDatabase.open(dataSource)) {
      Applied<String> first = apply(node, id);
      Applied<String> second = apply(node, id);
      assertThat(second.replayed()).isTrue();
      assertThat(second.current()).isEqualTo(first.current());
      assertThat(store(node).get("a")).contains(first.current());
    }
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        var row =
            statement.executeQuery(
                "SELECT (SELECT COUNT(*) FROM audit), (SELECT COUNT(*) FROM occ_change)")) {
      row.next();
      assertThat(row.getInt(1)).isEqualTo(1);
      assertThat(row.getInt(2)).isEqualTo(1);
    }
  }

  private static Applied<String> apply(OccDatabase node, String id) throws Exception {
    Mutation<String, String> mutation =
        Mutation.of(MutationId.parse(SCOPE, id), "a", Expected.absent(), Edit.set("written"))
            .build();
    return (Applied<String>)
        node.pipeline(store(node), Codec.strings())
            .build()
            .apply(
                mutation,
                (key, before, transaction) -> {
                  try (Statement statement = transaction.createStatement()) {
                    statement.execute("INSERT INTO audit VALUES ('effect')");
                  }
                  return "written";
                });
  }

  private static JdbcVersionedStore<String, String> store(OccDatabase node) {
    return node.store("note", KeyCodec.strings(), Codec.strings()).recordChanges(true);
  }

  private static JdbcDataSource dataSource(String url, String user, String password) {
    JdbcDataSource dataSource = new JdbcDataSource();
    dataSource.setURL(url);
    dataSource.setUser(user);
    dataSource.setPassword(password);
    return dataSource;
  }

  /** The process that is killed: stops for good at the n-th call that reaches the database. */
  static final class Mutator {
    static final String FINISHED = "the mutation has ended";

    private Mutator() {}

    public static void main(String[] arguments) throws Exception {
      StoppingDataSource stopping =
          new StoppingDataSource(dataSource(arguments[0], arguments[1], arguments[2]));
      try (OccDatabase node = OccDatabase.open(stopping.dataSource())) {
        stopping.stopAt(Integer.parseInt(arguments[4]));
        apply(node, arguments[3]);
      }
      System.out.println(FINISHED);
      ChildJvm.reached(StoppingDataSource.STOPPED);
    }
  }
}
