/**
 * A cache whose entries carry tags and are invalidated by tag, in memory and coherent over JDBC.
 */
module org.occ4j.cache {
  requires static org.jspecify;
  requires transitive org.occ4j.core;
  requires com.github.benmanes.caffeine;
  requires jdk.jfr;
  requires org.slf4j;

  exports org.occ4j.cache;
  exports org.occ4j.cache.jdbc;
}
