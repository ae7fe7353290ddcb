/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.PlannedFault;
import org.occ4j.testkit.SmallDisk;
import org.occ4j.testkit.WireProxy;
import org.occ4j.testkit.WrongClock;

/** What is done to the machines of a history while it is made. */
enum Fault {
  /** A node's connections are reset. */
  RESET(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      any(arena.wires(), random).dropConnections();
      return Fault::always;
    }
  },
  /** A statement is done, and its answer never comes. */
  ANSWER_LOST(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      return happened(any(arena.wires(), random).dropAnswerTo(1 + random.nextInt(STATEMENTS)));
    }
  },
  /** A statement never comes to the server. */
  REQUEST_LOST(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      return happened(any(arena.wires(), random).dropRequest(1 + random.nextInt(STATEMENTS)));
    }
  },
  /** A statement that commits is done, and its answer never comes. */
  COMMIT_ANSWER_LOST(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      return happened(any(arena.wires(), random).dropAnswerTo(Fault::commits));
    }
  },
  /** The connection is reset when a statement is sent that commits. */
  COMMIT_RESET(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      return happened(any(arena.wires(), random).dropRequest(Fault::commits));
    }
  },
  /** Everything between a node and the server takes longer. */
  DELAY(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      WireProxy wire = any(arena.wires(), random);
      wire.delay(Duration.ofMillis(1 + random.nextInt(20)));
      last(random);
      wire.delay(Duration.ZERO);
      return Fault::always;
    }
  },
  /** A node is cut off, and its new connections are refused. */
  CUT(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      return onOneWire(arena, random, WireProxy::cut, WireProxy::heal);
    }
  },
  /** Nothing passes between a node and the server; what was sent arrives later. */
  BLACK_HOLE(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      return onOneWire(arena, random, WireProxy::blackHole, WireProxy::heal);
    }
  },
  /** The server hears a node, and the node does not hear the server; then a reset. */
  MUTE(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      return onOneWire(arena, random, WireProxy::muteServer, Fault::resetAndHeal);
    }
  },
  /** The node hears the server, and the server does not hear the node; then a reset. */
  DEAF(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      return onOneWire(arena, random, WireProxy::deafenServer, Fault::resetAndHeal);
    }
  },
  /** A pool closes its connections as they come back. */
  EVICT(Needs.NOTHING) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      any(arena.nodes(), random).evict();
      return Fault::always;
    }
  },
  /** Statements are cancelled by the server, as a statement time-out does. */
  CANCELLED(Needs.NOTHING) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) throws SQLException {
      return sessions(arena, random, false);
    }
  },
  /**
   * Sessions are ended by the server. Not on H2: it answers with an error that HikariCP does not
   * take for a broken connection, and hands out again.
   */
  TERMINATED(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) throws SQLException {
      return sessions(arena, random, true);
    }
  },
  /** Another program keeps the rows of the store locked. */
  ROWS_LOCKED(Needs.NOTHING) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) throws SQLException {
      try (Connection rival = arena.database().connect();
          Statement statement = rival.createStatement()) {
        statement.setQueryTimeout(10);
        rival.setAutoCommit(false);
        statement.executeQuery("SELECT * FROM occ_store FOR UPDATE").close();
        LockSupport.parkNanos(Duration.ofMillis(200L + random.nextInt(3_000)).toNanos());
        rival.rollback();
        return Fault::always;
      } catch (SQLException lostAgainstTheWorkers) {
        return () -> false;
      }
    }
  },
  /**
   * A column is added to a table of the library, and dropped. Not on H2, which loses updates that
   * it has acknowledged while a table is altered, by plain JDBC as well: docs/proof.md.
   */
  DDL(Needs.WIRE) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) throws SQLException {
      String table = any(List.of("occ_store", "occ_mutation", "occ_change", "occ_mutex"), random);
      try (Connection connection = arena.database().connect();
          Statement statement = connection.createStatement()) {
        statement.execute(waitASecond(arena));
        statement.execute("ALTER TABLE " + table + " ADD COLUMN spare INT");
        LockSupport.parkNanos(Duration.ofMillis(random.nextInt(100)).toNanos());
        statement.execute("ALTER TABLE " + table + " DROP COLUMN spare");
        return Fault::always;
      } catch (SQLException tableIsBusy) {
        return () -> false;
      }
    }
  },
  /** The server is killed, and started again. */
  SERVER_KILLED(Needs.PROCESS) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      DatabaseProcess server = Objects.requireNonNull(arena.process());
      server.kill();
      server.restart();
      return Fault::always;
    }
  },
  /** The server has no connection left for anybody while nodes need new ones. */
  OUT_OF_CONNECTIONS(Needs.PROCESS) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) throws SQLException {
      List<Connection> taken = new ArrayList<>();
      try {
        while (taken.size() < MAX_CONNECTIONS) {
          taken.add(arena.database().connect());
        }
      } catch (SQLException full) {
        arena.wires().forEach(WireProxy::dropConnections);
        last(random);
      }
      for (Connection connection : taken) {
        connection.close();
      }
      return Fault::always;
    }
  },
  /** Nothing more goes on the server's disk for some calls, until there is room again. */
  DISK_FULL(Needs.DISK) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      SmallDisk disk = Objects.requireNonNull(arena.disk());
      FullDiskWriter writer = new FullDiskWriter(arena, random.nextInt(2) == 0, random.nextLong());
      CompletableFuture<Void> writing;
      try {
        arena.hold(true);
        disk.fill();
        arena.hold(false);
        writing = CompletableFuture.runAsync(writer::writeUntilRefused);
        arena.await(writer::wasRefused, HELD_UP);
        int enough = arena.steps() + 1 + random.nextInt(30);
        arena.await(() -> arena.steps() >= enough, A_MOMENT);
      } finally {
        arena.hold(false);
        disk.makeRoom();
        writer.stop();
      }
      return () -> {
        writing.orTimeout(1, TimeUnit.MINUTES).join();
        writer.close();
        return writer.wasRefused();
      };
    }
  },
  /** All processes of the server stop where they are for a while. */
  SERVER_PAUSED(Needs.PROCESS) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) {
      DatabaseProcess server = Objects.requireNonNull(arena.process());
      server.pause();
      LockSupport.parkNanos(Duration.ofMillis(200L + random.nextInt(3_000)).toNanos());
      server.resume();
      return Fault::always;
    }
  },
  /** The clock of the server, or of one node of a cluster, is set to up to an hour off. */
  CLOCK_STEPS(Needs.CLOCK) {
    @Override
    BooleanSupplier inject(Arena arena, Random random) throws SQLException {
      WrongClock clock = Objects.requireNonNull(arena.clock());
      arena.record(ClockStep.of(clock, random));
      double off = secondsAhead(arena) - clock.ahead().toSeconds();
      return () -> Math.abs(off) < 60;
    }
  };

  /** What must be there to be broken. */
  private enum Needs {
    NOTHING,
    WIRE,
    PROCESS,
    DISK,
    CLOCK
  }

  /** More than any call makes. */
  static final int STATEMENTS = 8;

  /** A server whose disk is full may hold a writer up, or everybody. */
  private static final Duration HELD_UP = Duration.ofSeconds(8);

  private static final Duration A_MOMENT = Duration.ofSeconds(2);

  /** As the servers are started. */
  private static final int MAX_CONNECTIONS = 200;

  private final Needs needs;

  Fault(Needs needs) {
    this.needs = needs;
  }

  /** Breaks something and, unless it waits for a statement, mends it before it returns. */
  abstract BooleanSupplier inject(Arena arena, Random random) throws Exception;

  boolean isPossibleIn(Arena arena) {
    return switch (needs) {
      case NOTHING -> true;
      case WIRE -> !arena.wires().isEmpty();
      case PROCESS -> arena.process() != null;
      case DISK -> arena.disk() != null;
      case CLOCK -> arena.clock() != null;
    };
  }

  /** Whether it can be done to an engine in this JVM. */
  boolean isPossibleEmbedded() {
    return needs == Needs.NOTHING;
  }

  private static <T> T any(List<T> all, Random random) {
    return all.get(random.nextInt(all.size()));
  }

  private static BooleanSupplier happened(PlannedFault fault) {
    return fault::happened;
  }

  private static boolean always() {
    return true;
  }

  private static boolean commits(String sql) {
    return sql.toUpperCase(Locale.ROOT).contains("COMMIT");
  }

  private static void last(Random random) {
    LockSupport.parkNanos(Duration.ofMillis(20L + random.nextInt(300)).toNanos());
  }

  private static String waitASecond(Arena arena) {
    return switch (arena.engine()) {
      case POSTGRESQL -> "SET lock_timeout = '1s'";
      case MARIADB, MARIADB_MYSQL_DRIVER -> "SET lock_wait_timeout = 1";
      case H2, H2_MEMORY -> "SET LOCK_TIMEOUT 1000";
    };
  }

  private static double secondsAhead(Arena arena) throws SQLException {
    String clock =
        arena.engine() == Engine.POSTGRESQL
            ? "EXTRACT(EPOCH FROM CLOCK_TIMESTAMP())"
            : "UNIX_TIMESTAMP(SYSDATE())";
    try (Connection connection = arena.atTheClock().connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT " + clock)) {
      row.next();
      return row.getDouble(1) - System.currentTimeMillis() / 1e3;
    }
  }

  private static BooleanSupplier sessions(Arena arena, Random random, boolean end)
      throws SQLException {
    boolean struck = false;
    try (Connection connection = arena.database().connect();
        Statement statement = connection.createStatement()) {
      for (long id : others(arena, statement)) {
        if (random.nextBoolean()) {
          struck |= strike(statement, command(arena, end, id));
        }
      }
    }
    boolean any = struck;
    return () -> any;
  }

  private static boolean strike(Statement statement, String command) {
    try {
      statement.execute(command);
      return true;
    } catch (SQLException goneByNow) {
      return false;
    }
  }

  private static List<Long> others(Arena arena, Statement statement) throws SQLException {
    String query =
        switch (arena.engine()) {
          case POSTGRESQL ->
              "SELECT pid FROM pg_stat_activity"
                  + " WHERE datname = current_database() AND pid <> pg_backend_pid()";
          case MARIADB, MARIADB_MYSQL_DRIVER ->
              "SELECT id FROM information_schema.processlist"
                  + " WHERE db = DATABASE() AND id <> CONNECTION_ID()";
          case H2, H2_MEMORY ->
              "SELECT session_id FROM information_schema.sessions"
                  + " WHERE session_id <> SESSION_ID()";
        };
    List<Long> ids = new ArrayList<>();
    try (ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        ids.add(row.getLong(1));
      }
    }
    return ids;
  }

  private static String command(Arena arena, boolean end, long id) {
    return switch (arena.engine()) {
      case POSTGRESQL ->
          "SELECT " + (end ? "pg_terminate_backend(" : "pg_cancel_backend(") + id + ")";
      case MARIADB, MARIADB_MYSQL_DRIVER -> (end ? "KILL " : "KILL QUERY ") + id;
      case H2, H2_MEMORY -> "CALL " + (end ? "ABORT_SESSION(" : "CANCEL_SESSION(") + id + ")";
    };
  }

  /** What begins on one wire lasts for a while, and is ended. */
  private static BooleanSupplier onOneWire(
      Arena arena, Random random, Consumer<WireProxy> begin, Consumer<WireProxy> end) {
    WireProxy wire = any(arena.wires(), random);
    begin.accept(wire);
    last(random);
    end.accept(wire);
    return Fault::always;
  }

  private static void resetAndHeal(WireProxy wire) {
    wire.dropConnections();
    wire.heal();
  }
}
