/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.SchemaException;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.MariadbServer;
import org.occ4j.testkit.TestDatabase;

/**
 * A server that says {@code wsrep_on}: it has no provider and replicates nothing, but answers the
 * probe as a node of a cluster does.
 */
@Tag(Engine.MARIADB_TAG)
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MariadbGaleraTest {
  private MariadbServer node;

  @BeforeAll
  void start() {
    node = MariadbServer.start(Engine.MARIADB, List.of("--wsrep-on=ON"));
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"MARIADB", "MARIADB_MYSQL_DRIVER"})
  void open_nodeOfAClusterWithSessionsNotSet_isRefusedSayingWhatToSet(Engine driver) {
    DataSource database = node.newDatabase(driver).dataSource();
    OccDatabase.builder(database).allowGalera().createSchema().open().close();
    assertThatThrownBy(() -> OccDatabase.open(database))
        .isInstanceOf(SchemaException.class)
        .hasMessageContainingAll(
            "Galera",
            "wsrep_on",
            "wsrep_sync_wait=7",
            "wsrep_retry_autocommit=0",
            "change feed",
            "allowGalera()");
    // A profile that is given says which statements to use, not that a cluster is one server.
    EngineProfile given = EngineProfile.of(EngineProfile.Family.MARIADB, "MariaDB, as given");
    assertThatThrownBy(() -> OccDatabase.builder(database).profile(given).open())
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("MariaDB, as given is a node");
  }

  @ParameterizedTest
  @EnumSource(names = {"MARIADB", "MARIADB_MYSQL_DRIVER"})
  void open_nodeOfAClusterWithSessionsAsNeeded_opens(Engine driver) {
    TestDatabase bare = node.newDatabase(driver);
    String url = bare.jdbcUrl() + "&sessionVariables=wsrep_sync_wait=%d,wsrep_retry_autocommit=0";
    TestDatabase causal = new TestDatabase(driver, url.formatted(15), bare.user(), bare.password());
    OccDatabase.builder(causal.dataSource()).createSchema().open().close();
    TestDatabase reads = new TestDatabase(driver, url.formatted(1), bare.user(), bare.password());
    assertThatThrownBy(() -> OccDatabase.open(reads.dataSource()))
        .isInstanceOf(SchemaException.class);
    assertThatThrownBy(
            () ->
                OccDatabase.builder(causal.dataSource()).mutexDataSource(reads.dataSource()).open())
        .isInstanceOf(SchemaException.class);
  }

  @ParameterizedTest
  @EnumSource(names = {"MARIADB", "MARIADB_MYSQL_DRIVER"})
  void open_nodeOfAClusterAllowed_opens(Engine driver) throws Exception {
    OccDatabaseBuilder builder =
        OccDatabase.builder(node.newDatabase(driver).dataSource()).allowGalera();
    try (OccDatabase opened = builder.createSchema().open();
        Hold<String> hold = opened.mutex("orders").acquire("task")) {
      assertThat(hold.isValid()).isTrue();
    }
  }
}
