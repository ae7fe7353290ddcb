/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Objects;
import org.occ4j.SchemaException;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.H2Engine;
import org.occ4j.jdbc.internal.MariadbEngine;
import org.occ4j.jdbc.internal.PostgresqlEngine;
import org.occ4j.jdbc.internal.engine.Dialects;
import org.occ4j.jdbc.internal.engine.H2Dialects;
import org.occ4j.jdbc.internal.engine.MariadbDialects;
import org.occ4j.jdbc.internal.engine.PostgresqlDialects;

/**
 * A database engine as data: which family of SQL it speaks and what it can do.
 *
 * <p>It is probed once when an {@link OccDatabase} opens, through the text that the server gives of
 * its own version and not through the product name alone, because several engines answer to
 * another's name. {@link OccDatabaseBuilder#profile} overrides the probe.
 *
 * <p>An engine that is none of H2, PostgreSQL and MariaDB is refused, and so are those that only
 * speak like one of them. There is no cautious profile that would do for any engine, because what
 * the guarantees rest on is not in the SQL standard: whether a statement that waited for a row sees
 * it as it is then, whether a failed statement ends its transaction, whether an insert waits for
 * the like of it. An engine that differs there would lose updates without an error. Whoever knows
 * that an engine behaves like a known one says so with {@link #of}, and runs the contract suites of
 * the test kit on it first.
 *
 * @param family which statements it gets
 * @param version the server's own text about itself, for logs
 * @param identifierQuote the character around quoted identifiers
 * @param folding what an unquoted identifier means
 * @param nowMicros an SQL expression: the database clock in whole microseconds since the epoch, as
 *     BIGINT
 * @param galera whether it is a node of a MariaDB Galera cluster; asked of the server whatever a
 *     profile says
 */
public record EngineProfile(
    Family family,
    String version,
    String identifierQuote,
    Folding folding,
    String nowMicros,
    boolean galera) {

  /** The families of SQL that the library knows. */
  public enum Family {
    /** H2, embedded or served. */
    H2,
    /** PostgreSQL itself. */
    POSTGRESQL,
    /** MariaDB, and a node of a Galera cluster. */
    MARIADB,
    /** MySQL, which is recognised and refused: it lacks MariaDB's anonymous blocks. */
    MYSQL,
    /** Whatever is none of these; refused. */
    UNKNOWN
  }

  /** What an identifier without quotes means to a server. */
  public enum Folding {
    /** Its upper-case spelling. */
    UPPER,
    /** Its lower-case spelling. */
    LOWER,
    /** What is written. */
    NONE
  }

  private static final int MARIADB_UNKNOWN_VARIABLE = 1193;

  private static final String EXTRACT_MICROS = "CAST(EXTRACT(EPOCH FROM %s) * 1000000 AS BIGINT)";

  /** Refuses nulls. */
  public EngineProfile {
    Objects.requireNonNull(family, "family");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(identifierQuote, "identifierQuote");
    Objects.requireNonNull(folding, "folding");
    Objects.requireNonNull(nowMicros, "nowMicros");
  }

  /** The profile of a family. */
  public static EngineProfile of(Family family, String version) {
    return switch (family) {
      case H2 ->
          ofOne(
              family, version, "\"", Folding.UPPER, EXTRACT_MICROS.formatted("CURRENT_TIMESTAMP"));
      case POSTGRESQL ->
          // now() stands still inside a transaction; leases need a clock that moves.
          ofOne(
              family, version, "\"", Folding.LOWER, EXTRACT_MICROS.formatted("clock_timestamp()"));
      case MARIADB, MYSQL ->
          // Not UNIX_TIMESTAMP(SYSDATE(6)): it goes through the session's local time, of which an
          // hour happens twice where summer time ends. This one stands still inside a statement,
          // so a statement that waited for a row writes the moment at which it began.
          ofOne(
              family,
              version,
              "`",
              Folding.NONE,
              "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6))");
      case UNKNOWN ->
          ofOne(
              family, version, "\"", Folding.UPPER, EXTRACT_MICROS.formatted("CURRENT_TIMESTAMP"));
    };
  }

  private static EngineProfile ofOne(
      Family family, String version, String quote, Folding folding, String nowMicros) {
    return new EngineProfile(family, version, quote, folding, nowMicros, false);
  }

  /**
   * Asks the server what it is.
   *
   * @throws SQLException if it does not answer
   */
  static EngineProfile probe(Connection connection) throws SQLException {
    DatabaseMetaData metaData = connection.getMetaData();
    String product = metaData.getDatabaseProductName();
    String version = product + " " + metaData.getDatabaseProductVersion();
    return switch (product.toLowerCase(Locale.ROOT)) {
      // Folding is a setting of the database there, and of the mode that it is opened in.
      case "h2" -> of(Family.H2, version).foldingAs(metaData);
      case "postgresql" -> postgresOrKin(versionText(connection));
      case "mariadb", "mysql" -> mariaDbOrKin(versionText(connection));
      default -> of(Family.UNKNOWN, version);
    };
  }

  private static EngineProfile postgresOrKin(String version) {
    // CockroachDB, YugabyteDB and others answer "PostgreSQL" to the driver.
    boolean genuine =
        version.startsWith("PostgreSQL ")
            && !version.contains("-YB-")
            && !version.contains("Cockroach");
    return of(genuine ? Family.POSTGRESQL : Family.UNKNOWN, version);
  }

  private static EngineProfile mariaDbOrKin(String version) {
    String lower = version.toLowerCase(Locale.ROOT);
    if (lower.contains("tidb") || lower.contains("vitess")) {
      return of(Family.UNKNOWN, version);
    }
    // MySQL Connector/J says "MySQL" of a MariaDB server; the server's own text does not.
    return of(lower.contains("mariadb") ? Family.MARIADB : Family.MYSQL, version);
  }

  /**
   * Asks a MariaDB server whether it replicates by Galera, for all or for this session.
   *
   * @throws SQLException if it does not answer
   */
  static boolean isGalera(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT GREATEST(@@wsrep_on, @@GLOBAL.wsrep_on)")) {
      return row.next() && row.getInt(1) != 0;
    } catch (SQLException error) {
      if (error.getErrorCode() == MARIADB_UNKNOWN_VARIABLE) {
        return false; // built without it
      }
      throw error;
    }
  }

  /**
   * Whether a session on a Galera cluster waits for what other nodes have committed, before it
   * reads or writes, and repeats no statement by itself.
   *
   * @throws SQLException if the server does not answer
   */
  static boolean isSetForGalera(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT @@wsrep_sync_wait & 7, @@wsrep_retry_autocommit")) {
      return row.next() && row.getInt(1) == 7 && row.getInt(2) == 0;
    }
  }

  private static String versionText(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT version()")) {
      row.next();
      return row.getString(1);
    }
  }

  /** This engine, with what its server says of unquoted identifiers. */
  private EngineProfile foldingAs(DatabaseMetaData server) throws SQLException {
    Folding asked =
        server.storesUpperCaseIdentifiers()
            ? Folding.UPPER
            : server.storesLowerCaseIdentifiers() ? Folding.LOWER : Folding.NONE;
    return new EngineProfile(family, version, identifierQuote, asked, nowMicros, galera);
  }

  /** This engine, as a node of a cluster. */
  EngineProfile inGalera() {
    return new EngineProfile(family, version, identifierQuote, folding, nowMicros, true);
  }

  /**
   * What the engine brings whose statements it gets.
   *
   * @throws SchemaException if it has none
   */
  Dialects dialects() {
    Engine.Server server =
        new Engine.Server(
            version, identifierQuote, Engine.Folding.valueOf(folding.name()), nowMicros);
    return switch (family) {
      case H2 -> new H2Dialects(new H2Engine(server));
      case POSTGRESQL -> new PostgresqlDialects(new PostgresqlEngine(server));
      case MARIADB -> new MariadbDialects(new MariadbEngine(server), galera);
      case MYSQL, UNKNOWN ->
          throw new SchemaException(
              "the engine "
                  + version
                  + " is not known: there are statements and DDL for H2, PostgreSQL and"
                  + " MariaDB. If it behaves like one of them, say so by"
                  + " OccDatabase.builder(..).profile(..)",
              null);
    };
  }
}
