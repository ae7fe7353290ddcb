/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.RetryPolicy;
import org.occ4j.SchemaException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Ticker;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.Identifiers;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Schema;
import org.occ4j.jdbc.internal.SchemaSetup;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.SqlWork;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.engine.Dialects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gathers the settings of an {@link OccDatabase}. Not thread-safe. */
public final class OccDatabaseBuilder {

  private static final Logger LOG = LoggerFactory.getLogger(OccDatabase.class);

  private static final Duration DEFAULT_POLL_INTERVAL = Duration.ofMillis(100);

  /** As often as it takes while other nodes make tables; they end. */
  private static final RetryPolicy PROBES = RetryPolicy.of(30, Duration.ofMinutes(1));

  private static final String GALERA =
      "%s is a node of a Galera cluster (@@wsrep_on), and its sessions are not set as the library"
          + " needs it there: wsrep_sync_wait=7, else a node reads and compares what another has"
          + " changed already, and the change feed goes back; and wsrep_retry_autocommit=0, else the"
          + " server may answer a write twice. Set both for each session, as by sessionVariables in"
          + " the driver's URL or the pool's initial SQL (docs/engines.md says what holds then, and"
          + " what does not), or say allowGalera() to the builder and use one node only";

  private final DataSource dataSource;
  private @Nullable DataSource mutexDataSource;
  private @Nullable EngineProfile profile;
  private boolean galeraAllowed;
  private String tablePrefix = "occ_";
  private @Nullable String schema;
  private boolean schemaCheck = true;
  private boolean createsSchema;
  private RetryPolicy retry = RetryPolicy.defaults();
  private Ticker ticker = Ticker.system();
  private Duration pollInterval = DEFAULT_POLL_INTERVAL;
  private boolean notifies;
  private Housekeeping housekeeping = Housekeeping.defaults();

  OccDatabaseBuilder(DataSource dataSource) {
    this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
  }

  /**
   * Uses this profile instead of asking the server what it is.
   *
   * <p>For an engine that is not known but behaves like a known one; see {@link EngineProfile} for
   * what that takes. {@code EngineProfile.of(EngineProfile.Family.POSTGRESQL, "..")}, for example,
   * gives it PostgreSQL's statements and DDL.
   */
  public OccDatabaseBuilder profile(EngineProfile engine) {
    this.profile = Objects.requireNonNull(engine, "profile");
    return this;
  }

  /**
   * Opens also on a node of a MariaDB Galera cluster ({@code @@wsrep_on}) whose sessions do not
   * have {@code wsrep_sync_wait=7} and {@code wsrep_retry_autocommit=0}, which is refused
   * otherwise. What this library promises is proved there only with both; without them it does not
   * hold as soon as more than one node is used, and even one may answer a write twice. See
   * docs/engines.md.
   */
  public OccDatabaseBuilder allowGalera() {
    this.galeraAllowed = true;
    return this;
  }

  /**
   * The schema of the library's own tables, on MariaDB the database; by default where a name
   * without a schema leads to on a connection of the data source when it is opened: the first
   * schema of PostgreSQL's {@code search_path} that has them, or its first; the current schema of
   * H2; the current database of MariaDB.
   *
   * <p>Statements name the schema always, so that connections may have any other current one,
   * another at each time too, and so may the caller's in {@code joining}.
   *
   * <p>A name means what is spelled exactly so; or else what it means to the server without quotes;
   * or else the only one that differs in case alone. Several of those are refused.
   *
   * @throws IllegalArgumentException if it is empty or has the character U+0000 in it
   */
  public OccDatabaseBuilder schema(String name) {
    this.schema = Identifiers.require(name);
    return this;
  }

  /**
   * What the names of the library's own tables begin with; {@code occ_} by default. New tables are
   * called as the server calls tables that are written without quotes, if the prefix is of ASCII
   * letters, digits and underscores only; any other is kept as it is spelled. Those that are there
   * are found as in {@link #schema}.
   *
   * @throws IllegalArgumentException if it is empty, or has a semicolon or a control character in
   *     it, which tools that run the DDL would stumble over
   */
  public OccDatabaseBuilder tablePrefix(String prefix) {
    if (prefix.chars().anyMatch(c -> c == ';' || Character.isISOControl(c))) {
      throw new IllegalArgumentException(
          "a prefix has no semicolon or control character: '" + prefix + "'");
    }
    this.tablePrefix = Identifiers.require(prefix);
    return this;
  }

  /**
   * Whether opening compares the tables, and the number of their schema, with the DDL; true by
   * default.
   */
  public OccDatabaseBuilder checkSchema(boolean check) {
    this.schemaCheck = check;
    return this;
  }

  /**
   * How often a transaction of our own is run again after the database rolled it back by a deadlock
   * or a serialization failure; {@link RetryPolicy#defaults()} by default.
   */
  public OccDatabaseBuilder retry(RetryPolicy policy) {
    this.retry = Objects.requireNonNull(policy, "retry");
    return this;
  }

  /**
   * Where mutexes take their connections; the application's data source by default. With a small
   * pool of their own, renewals never wait behind the application's work, and a thread that has a
   * connection can still take or give back a turn when the other pool is empty. One connection is
   * enough to be safe, a few more are faster. {@code guard} and {@code acquireInTransaction} go by
   * the caller's connection all the same.
   *
   * @param control of the same database; not closed by this library
   */
  public OccDatabaseBuilder mutexDataSource(DataSource control) {
    this.mutexDataSource = Objects.requireNonNull(control, "mutexDataSource");
    return this;
  }

  /** The monotonic clock; for tests. */
  public OccDatabaseBuilder ticker(Ticker clock) {
    this.ticker = Objects.requireNonNull(clock, "ticker");
    return this;
  }

  /**
   * How far apart the change feed is polled; 100 milliseconds by default.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public OccDatabaseBuilder pollInterval(Duration interval) {
    if (interval.isNegative() || interval.isZero()) {
      throw new IllegalArgumentException("pollInterval must be positive: " + interval);
    }
    this.pollInterval = interval;
    return this;
  }

  /**
   * Whether nodes tell each other by PostgreSQL's {@code NOTIFY} that something was committed, and
   * then poll at once; false by default. It makes long poll intervals bearable: other nodes know
   * within about a tenth of a second, and a hint that is lost costs them the interval.
   *
   * <p>The price is one connection of the data source for each node, kept for as long as this
   * instance is open, and pgjdbc as the driver. Nothing is sent in a transaction of the application
   * or of this library: after commits one notification goes out by itself, at most twenty times a
   * second. Behind a pool in front of the server that changes sessions between transactions
   * (pgBouncer in transaction mode) nothing is heard; leave it off there.
   */
  public OccDatabaseBuilder notifyWakeUp(boolean notify) {
    this.notifies = notify;
    return this;
  }

  /**
   * How answers, changes and idle locks that are no longer promised are removed; {@link
   * Housekeeping#defaults()} by default, {@link Housekeeping#off()} for whoever calls {@code purge}
   * and {@code sweep} instead.
   */
  public OccDatabaseBuilder housekeeping(Housekeeping settings) {
    this.housekeeping = Objects.requireNonNull(settings, "housekeeping");
    return this;
  }

  /**
   * The DDL of the library's tables for this database, to be printed or given to a migration tool.
   * It names the schema if {@link #schema} does.
   *
   * @throws org.occ4j.SchemaException if the engine is not known, or cannot hold a name
   */
  public String ddl() {
    return setup(probed(dataSource, this::profile).dialects().engine()).script();
  }

  /**
   * Has {@link #open} make what is missing of the library's tables, and of their schema where the
   * user may; tables of an older library get the columns that this one adds, and what is there
   * stays as it is, the number of the schema too: nodes of the older library may go on. Any number
   * of nodes may do so at once, and what one that died has left half done is completed by the next.
   * Where nothing is missing no right to make tables is needed.
   */
  public OccDatabaseBuilder createSchema() {
    this.createsSchema = true;
    return this;
  }

  /**
   * Asks the server what it is, makes the tables if it is to, checks them, and opens.
   *
   * @throws SchemaException if tables are missing or wrong, or made by a newer version of this
   *     library, or the database refused to make them, or the engine is not known, or it is a
   *     Galera cluster whose sessions are not set as they must be and {@link #allowGalera} was not
   *     said
   * @throws StoreUnavailableException if the database does not answer
   * @throws IllegalStateException if {@link #notifyWakeUp} was asked for and the engine is not
   *     PostgreSQL, or if the driver has an option that the library cannot work with; it is named
   */
  public OccDatabase open() {
    EngineProfile opened = probed(dataSource, this::profile);
    Dialects dialects = opened.dialects();
    Engine engine = dialects.engine();
    checkDriver(dataSource, engine);
    if (notifies && opened.family() != EngineProfile.Family.POSTGRESQL) {
      throw new IllegalStateException("notifyWakeUp needs PostgreSQL, not " + engine.version());
    }
    SchemaSetup setup = setup(engine);
    Schema tables = probed(dataSource, connection -> prepare(connection, setup));
    Transactions transactions = new Transactions(dataSource, retry, ticker);
    Transactions mutexes = transactions;
    if (mutexDataSource != null) {
      checkDriver(mutexDataSource, engine);
      if (opened.galera()) {
        probed(mutexDataSource, this::profile);
      }
      // Of a database without the tables it would exclude nobody.
      probed(mutexDataSource, connection -> checked(connection, setup, tables));
      mutexes = new Transactions(mutexDataSource, retry, ticker);
    }
    JdbcContext context =
        new JdbcContext(
            engine,
            tables,
            transactions,
            mutexes,
            probed(dataSource, engine::payloadLimit),
            ticker,
            UUID.randomUUID());
    return new OccDatabase(opened, dialects, context, pollInterval, notifies, housekeeping);
  }

  private SchemaSetup setup(Engine engine) {
    return new SchemaSetup(engine, schema, tablePrefix);
  }

  private static void checkDriver(DataSource checked, Engine engine) {
    probed(
        checked,
        connection -> {
          engine.checkDriver(connection);
          return engine;
        });
  }

  private Schema prepare(Connection connection, SchemaSetup setup) throws SQLException {
    boolean made = createsSchema && setup.create(connection);
    Schema tables = setup.locate(connection);
    if (made) {
      LOG.info("made the tables {} and its like", tables.table("meta"));
    }
    return checked(connection, setup, tables);
  }

  private Schema checked(Connection connection, SchemaSetup setup, Schema tables)
      throws SQLException {
    if (schemaCheck) {
      setup.check(connection, tables);
    }
    return tables;
  }

  private EngineProfile profile(Connection connection) throws SQLException {
    EngineProfile found = profile != null ? profile : EngineProfile.probe(connection);
    if (found.family() != EngineProfile.Family.MARIADB || !EngineProfile.isGalera(connection)) {
      return found;
    }
    if (!galeraAllowed && !EngineProfile.isSetForGalera(connection)) {
      throw new SchemaException(GALERA.formatted(found.version()), null);
    }
    return found.inGalera();
  }

  /**
   * Reads, or DDL that is harmless where it has been run. In a cluster the DDL of another node ends
   * even what only reads of the catalog; then all is asked again.
   */
  private static <T> T probed(DataSource dataSource, SqlWork<T, RuntimeException> work) {
    for (int made = 1; ; made++) {
      try (Connection connection = dataSource.getConnection()) {
        return work.run(connection);
      } catch (SQLException error) {
        if (SqlErrors.meaningOf(error) != SqlErrors.Meaning.TRANSACTION_DEAD
            || !PROBES.allowsAfter(made, 0)) {
          throw new StoreUnavailableException(
              "the database could not be opened: " + error.getMessage(), error);
        }
      }
      LockSupport.parkNanos(PROBES.delayNanosAfter(made));
    }
  }
}
