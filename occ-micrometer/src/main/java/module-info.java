/** What the library counts, as Micrometer's meters. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Micrometer's modules
module org.occ4j.micrometer {
  requires static org.jspecify;
  requires static transitive org.occ4j.cache;
  requires transitive org.occ4j.core;
  requires transitive micrometer.core;

  exports org.occ4j.micrometer;
}
