/**
 * Versions, idempotency, turns, change feed, merge and the mutation pipeline over them, in memory
 * and over JDBC, with the HTTP contract.
 *
 * <p>Start at the package {@code org.occ4j}: its description is the map of the others.
 */
@SuppressWarnings(
    "requires-automatic") // H2 is one, and only its own trigger is compiled against it
module org.occ4j.core {
  requires static com.h2database;
  requires static jdk.jfr;
  requires static org.jspecify;
  requires transitive java.sql;
  requires org.slf4j;

  exports org.occ4j;
  exports org.occ4j.change;
  exports org.occ4j.http;
  exports org.occ4j.idempotency;
  exports org.occ4j.jdbc;
  exports org.occ4j.jdbc.h2;
  exports org.occ4j.merge;
  exports org.occ4j.mutation;
  exports org.occ4j.mutex;
  exports org.occ4j.store;
}
