/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.SchemaSetup;
import org.occ4j.jdbc.internal.engine.Dialects;
import org.occ4j.jdbc.internal.lease.IdleLocks;
import org.occ4j.jdbc.internal.lease.LocalLeases;
import org.occ4j.jdbc.internal.store.ForeignChange;
import org.occ4j.jdbc.internal.store.RowMapper;
import org.occ4j.jdbc.internal.store.TableLayout;
import org.occ4j.jdbc.internal.store.TableStore;
import org.occ4j.jdbc.internal.store.VersionFloor;
import org.occ4j.jdbc.internal.store.WriteMapper;
import org.occ4j.mutation.internal.PipelineRecorder;
import org.occ4j.store.internal.Keys;
import org.occ4j.store.internal.StoreRecorder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entry to the library over JDBC: one service's view of one database, from which stores,
 * mutexes, the idempotency registry, pipelines and the change feed are made.
 *
 * <p>It borrows connections from the application's {@link DataSource} for the shortest time and
 * never closes that. It owns every thread that the library runs for this database; {@link #close}
 * ends them. Make one per database and process.
 *
 * <p>While it is open it removes what is no longer promised, unless {@link Housekeeping} is off;
 * {@link #stats} and {@link #health} say how it fares.
 *
 * <p>Opening asks the server what it is, once, and compares the library's tables with the shipped
 * DDL. Tables are never made silently: {@link OccDatabaseBuilder#ddl} prints the DDL, {@link
 * OccDatabaseBuilder#createSchema} applies it.
 *
 * <p>Thread-safe.
 */
public final class OccDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OccDatabase.class);

  /** The width of the namespace columns. */
  private static final int MAX_NAMESPACE_LENGTH = 100;

  private final EngineProfile profile;
  private final Dialects dialects;
  private final JdbcContext context;
  private final ConcurrentMap<String, JdbcKeyedMutex<String>> mutexes = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, StoreRecorder> storeRecorders = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, PipelineRecorder> pipelineRecorders =
      new ConcurrentHashMap<>();
  private final ChangeLogTable changeLog;

  private final VersionFloor versionFloor;

  private final RegistryTable registry;
  private final Housekeeper housekeeper;

  /** Guards {@code owned} and {@code closed}. Nothing is called while it is held. */
  private final ReentrantLock lock = new ReentrantLock();

  private final List<AutoCloseable> owned = new ArrayList<>();
  private boolean closed;

  OccDatabase(
      EngineProfile profile,
      Dialects dialects,
      JdbcContext context,
      Duration pollInterval,
      boolean notifies,
      Housekeeping housekeeping) {
    this.profile = profile;
    this.dialects = dialects;
    this.context = context;
    this.versionFloor = new VersionFloor(context.ticker());
    this.changeLog = own(new ChangeLogTable(context, dialects, pollInterval, notifies));
    this.registry = new RegistryTable(context, dialects.mutations(context));
    this.housekeeper = housekeeper(housekeeping, own(newMutex(Housekeeper.NAMESPACE)));
    changeLog.learnIncarnation();
    housekeeper.start();
    LOG.info("opened {} as node {}", profile.version(), context.node());
  }

  /**
   * Opens with default settings.
   *
   * @throws org.occ4j.SchemaException if tables are missing or wrong, or the engine is not known
   * @throws org.occ4j.StoreUnavailableException if the database does not answer
   */
  public static OccDatabase open(DataSource dataSource) {
    return builder(dataSource).open();
  }

  /** Opens with the settings that the builder takes. */
  public static OccDatabaseBuilder builder(DataSource dataSource) {
    return new OccDatabaseBuilder(dataSource);
  }

  /**
   * A store in the library's own table.
   *
   * @param name sets its keys apart from those of other stores, and names it in the change feed; 1
   *     to 100 characters
   */
  public <K, V> JdbcVersionedStore<K, V> store(String name, KeyCodec<K> keys, Codec<V> values) {
    if (name.isEmpty() || name.length() > MAX_NAMESPACE_LENGTH) {
      throw new IllegalArgumentException(
          "a store's name has 1 to " + MAX_NAMESPACE_LENGTH + " characters, not " + name.length());
    }
    if (name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a store's name must not contain the character U+0000");
    }
    Objects.requireNonNull(values, "values");
    Keys<K> walled = new Keys<>(keys);
    return store(name, TableLayout.own(context, name), walled, RowMapper.own(walled, values));
  }

  /**
   * A store in a table that the application already has. Its name in the change feed is the
   * table's, as the mapping spells it.
   *
   * <p>The columns are looked at once, now.
   *
   * @throws org.occ4j.SchemaException naming whatever the table lacks or holds in a way that cannot
   *     serve
   * @throws org.occ4j.StoreUnavailableException if the database does not answer
   */
  public <K, V> JdbcVersionedStore<K, V> store(TableMapping<K, V> mapping) {
    Keys<K> keys = new Keys<>(mapping.keys());
    MappedTable.Described table = describe(mapping);
    return store(
        mapping.table(),
        table.layout(),
        keys,
        new MappedRowMapper<>(keys, mapping, table.values(), table.layout().engine()));
  }

  /**
   * The DDL of triggers for a table of the application that is also written past this library, by
   * JPA, jOOQ or a console. One raises the version and the time of a row wherever a statement
   * leaves them as they are. The others append a change for each row that is inserted, updated or
   * deleted, so that caches and followers of every node hear of it within their poll interval as
   * they do of a write of the library; on PostgreSQL also a TRUNCATE. Writes of this library pass
   * through them unchanged and are told once: recorded ones by themselves, others by the trigger.
   *
   * <p>Each element is one statement. Run them all, or give them to a migration tool; nothing is
   * applied here. They can be made again over themselves. The triggers write the change log with
   * the rights of whoever made them; if that table goes, writes of the application fail until they
   * are dropped. On MariaDB a cascade of a foreign key sets off no trigger, a load with triggers
   * off is not heard anywhere ({@code CachedStore.invalidateAll}), and a transaction must commit
   * within two minutes of its write to be heard ({@link JdbcChangeLog}).
   *
   * <p>On H2 they are a Java class of this library, which every process that opens the database
   * file, or the server, needs on its class path; they write with the rights of whoever writes the
   * table, and do not hear of a TRUNCATE.
   *
   * <p>Changes are appended where the library knows the key's codec: one of {@link KeyCodec}, or
   * that of {@code TableMapping.record}. For a codec of the application there is the first trigger
   * only, because SQL cannot tell the key's text.
   *
   * @throws org.occ4j.SchemaException as {@link #store(TableMapping)} does
   */
  public List<String> foreignWriteTriggers(TableMapping<?, ?> mapping) {
    TableLayout layout = describe(mapping).layout();
    List<ForeignChange.KeyText> key = MappedTable.keyText(mapping, layout);
    return dialects.foreignWriteTriggers(
        layout,
        key.isEmpty()
            ? null
            : new ForeignChange(context.schema().table("change"), mapping.table(), key));
  }

  private MappedTable.Described describe(TableMapping<?, ?> mapping) {
    return context
        .transactions()
        .reading(connection -> MappedTable.describe(connection, context.engine(), mapping));
  }

  private <K, V> JdbcVersionedStore<K, V> store(
      String name, TableLayout layout, Keys<K> keys, RowMapper<K, V> format) {
    return new OwnTableStore<>(
        new TableStore.Parts<>(
            name, context, changeLog, dialects.store(context, layout), keys, format, versionFloor),
        WriteMapper.Marks.NONE,
        changeLog,
        storeRecorders.computeIfAbsent(name, any -> new StoreRecorder(context.ticker())));
  }

  /**
   * The change feed of this database as this node sees it; always the same object. Its thread
   * starts with the first follower.
   */
  public JdbcChangeLog changes() {
    return changeLog;
  }

  /**
   * A pipeline over a store of this database, whose settings the builder takes.
   *
   * @param store made by {@link #store} of this database
   * @param answers how values become bytes in stored answers; the store's own codec does
   * @throws IllegalArgumentException if the store is not of this database
   */
  public <K, V> JdbcPipelineBuilder<K, V> pipeline(
      JdbcVersionedStore<K, V> store, Codec<V> answers) {
    if (store instanceof OwnTableStore<K, V> own
        && own.parts.context().node().equals(context.node())) {
      return new JdbcPipelineBuilder<>(
          own,
          registry,
          dialects,
          Objects.requireNonNull(answers, "answers"),
          pipelineRecorders.computeIfAbsent(
              own.name(), any -> new PipelineRecorder(context.ticker())));
    }
    throw new IllegalArgumentException("not a store of this database: " + store);
  }

  /** The idempotency registry of this database; always the same object. */
  public JdbcIdempotencyRegistry idempotency() {
    return registry;
  }

  /**
   * The mutex of a namespace: a hold of {@code mutex("orders")} on one node excludes the same key
   * of the same namespace on every node. Always the same object for a namespace, closed with this
   * instance.
   *
   * @param namespace 1 to 100 characters
   * @throws IllegalArgumentException if the namespace is empty or too long
   * @throws IllegalStateException if this instance is closed
   */
  public JdbcKeyedMutex<String> mutex(String namespace) {
    if (namespace.isEmpty() || namespace.length() > MAX_NAMESPACE_LENGTH) {
      throw new IllegalArgumentException(
          "a namespace has 1 to " + MAX_NAMESPACE_LENGTH + " characters: '" + namespace + "'");
    }
    JdbcKeyedMutex<String> present = mutexes.get(namespace);
    if (present != null) {
      return present;
    }
    JdbcLeaseMutex<String> fresh = newMutex(namespace);
    JdbcKeyedMutex<String> earlier = mutexes.putIfAbsent(namespace, fresh);
    return earlier == null ? own(fresh) : earlier;
  }

  private JdbcLeaseMutex<String> newMutex(String namespace) {
    return new JdbcLeaseMutex<>(
        new LocalLeases<>(context, dialects.leases(context), namespace, KeyCodec.strings()));
  }

  /** Not yet started. */
  Housekeeper housekeeper(Housekeeping settings, JdbcKeyedMutex<String> turns) {
    int rows = settings.batchSize();
    IdleLocks locks = new IdleLocks(context, settings.idleLocksKept(), rows);
    return new Housekeeper(
        settings,
        turns,
        new Housekeeper.Chores(
            new Housekeeper.Chore(() -> registry.purgeBatch(rows), Duration.ZERO),
            new Housekeeper.Chore(() -> purgeChanges(settings), Duration.ZERO),
            // A walk through the whole table, for rows that were kept long enough already.
            new Housekeeper.Chore(locks::removeNext, settings.idleLocksKept().dividedBy(24))),
        context.ticker());
  }

  private PurgeReport purgeChanges(Housekeeping settings) {
    int removed = changeLog.purge(settings.changesKept(), settings.batchSize());
    return new PurgeReport(removed, removed == settings.batchSize());
  }

  /** What was done by this instance so far, of all its parts. */
  public DatabaseStats stats() {
    return new DatabaseStats(
        each(pipelineRecorders, PipelineRecorder::snapshot),
        each(storeRecorders, StoreRecorder::snapshot),
        registry.stats(),
        each(mutexes, JdbcKeyedMutex::stats),
        changeLog.stats(),
        housekeeper.stats());
  }

  private static <A, B> Map<String, B> each(Map<String, A> parts, Function<A, B> stats) {
    return parts.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, part -> stats.apply(part.getValue())));
  }

  /**
   * Whether this instance can be relied on at this moment. It asks the database one question, so it
   * may take as long as a connection may be waited for; nothing is thrown if there is no answer.
   */
  public DatabaseHealth health() {
    return new DatabaseHealth(List.of(changeLog.reach(), changeLog.health(), housekeeper.health()));
  }

  /** The engine, as it was probed or given. */
  public EngineProfile profile() {
    return profile;
  }

  /**
   * The DDL of the library's tables for an engine that need not be there: the statements that
   * {@link OccDatabaseBuilder#ddl} gives, for a migration tool. They lie in the jar as well, as
   * {@code META-INF/occ4j-schema/postgresql.sql}, {@code mariadb.sql} and {@code h2.sql}, with the
   * prefix {@code occ_} and no schema.
   *
   * @param schema the schema that the statements make and name, or null for the current one
   * @param prefix what the names of the tables begin with, as in {@link
   *     OccDatabaseBuilder#tablePrefix}
   * @throws org.occ4j.SchemaException if the engine is none that the library has statements for, or
   *     cannot hold a name
   */
  public static String ddl(EngineProfile.Family engine, @Nullable String schema, String prefix) {
    Engine known = EngineProfile.of(engine, engine.name()).dialects().engine();
    return new SchemaSetup(known, schema, prefix).script();
  }

  /** The DDL of the library's tables for this engine. */
  public String ddl() {
    return context.schema().ddl();
  }

  /** Ends every thread and hold of this instance. Idempotent. */
  @Override
  public void close() {
    housekeeper.close(); // It uses the others.
    List<AutoCloseable> parts = takeOwned();
    parts.forEach(OccDatabase::closeQuietly);
    if (!parts.isEmpty()) { // the first time
      LOG.info("closed node {}", context.node());
    }
  }

  Dialects dialects() {
    return dialects;
  }

  JdbcContext context() {
    return context;
  }

  RegistryTable registry() {
    return registry;
  }

  Housekeeper housekeeper() {
    return housekeeper;
  }

  ChangeLogTable changeLog() {
    return changeLog;
  }

  /**
   * Remembers a part that must be closed with this instance, and returns it.
   *
   * @throws IllegalStateException if this instance is closed; the part is closed too
   */
  <T extends AutoCloseable> T own(T part) {
    lock.lock();
    try {
      if (!closed) {
        owned.add(part);
        return part;
      }
    } finally {
      lock.unlock();
    }
    closeQuietly(part);
    throw new IllegalStateException("the database is closed");
  }

  private static void closeQuietly(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception failure) {
      LOG.warn("a part of the database did not close cleanly", failure);
    }
  }

  private List<AutoCloseable> takeOwned() {
    lock.lock();
    try {
      closed = true;
      List<AutoCloseable> parts = new ArrayList<>(owned);
      owned.clear();
      return parts;
    } finally {
      lock.unlock();
    }
  }
}
