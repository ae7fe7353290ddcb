/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.store.Scan;
import org.occ4j.testkit.DelegatingDataSource;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * H2 answers a query that a session asks again with the result of last time, while it believes that
 * no table of the query was changed (OPTIMIZE_REUSE_RESULTS, on by default). While a transaction is
 * being written to disk it can believe that of rows that everybody else sees already.
 */
class H2ReadsAnewTest {
  private static final AtomicInteger EVALUATED = new AtomicInteger();

  /** A function of the database that counts how often a query is evaluated. */
  public static final class Counter {
    private Counter() {}

    /** Its argument. */
    public static String heard(String text) {
      EVALUATED.incrementAndGet();
      return text;
    }
  }

  private final List<String> texts = new CopyOnWriteArrayList<>();
  private TestDatabase database;

  @BeforeEach
  void create() {
    database = Engine.H2.start().newDatabase();
  }

  @Test
  void engine_sameQuestionAgain_isAnsweredFromMemoryUnlessItHasARandomNumber() throws Exception {
    database.execute(
        "CREATE ALIAS heard DETERMINISTIC FOR '" + Counter.class.getName() + ".heard'",
        "CREATE TABLE task (id BIGINT PRIMARY KEY, title VARCHAR(100))",
        "INSERT INTO task VALUES (1, 'Ship')");
    try (Connection session = database.connect()) {
      assertThat(evaluationsOfThree(session, "SELECT heard(title) FROM task WHERE id = ?"))
          .isEqualTo(1);
      assertThat(evaluationsOfThree(session, "SELECT heard(title), RAND() FROM task WHERE id = ?"))
          .isEqualTo(3);
    }
  }

  private static int evaluationsOfThree(Connection session, String question) throws SQLException {
    EVALUATED.set(0);
    for (int i = 0; i < 3; i++) {
      try (PreparedStatement statement = session.prepareStatement(question)) {
        statement.setLong(1, 1);
        try (ResultSet row = statement.executeQuery()) {
          assertThat(row.next()).isTrue();
        }
      }
    }
    return EVALUATED.get();
  }

  @Test
  void reads_ofAStore_haveARandomNumber() {
    try (OccDatabase node =
        OccDatabase.builder(noted(database.dataSource())).createSchema().open()) {
      JdbcVersionedStore<Long, String> tasks =
          node.store("task", KeyCodec.longs(), Codec.strings());
      List<Runnable> reads =
          List.of(
              () -> tasks.get(1L),
              () -> tasks.getAll(List.of(1L, 2L)),
              () -> tasks.scan(Scan.all(10)));
      for (Runnable read : reads) {
        texts.clear();
        read.run();
        assertThat(texts).hasSize(1).allMatch(text -> text.contains("RAND()"));
      }
    }
  }

  /** Notes what is asked of the store's table. */
  private DataSource noted(DataSource real) {
    return new DelegatingDataSource(real) {
      @Override
      public Connection getConnection() throws SQLException {
        Connection connection = super.getConnection();
        return (Connection)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("prepareStatement")) {
                    note((String) arguments[0]);
                  }
                  try {
                    return method.invoke(connection, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
      }
    };
  }

  private void note(String text) {
    if (text.toLowerCase(Locale.ROOT).contains("occ_store")) {
      texts.add(text);
    }
  }
}
