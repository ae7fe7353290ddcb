/**
 * The client's half of the playbook: edits that show at once, are sent one by one, each exactly
 * once, and are never lost. The same in JavaScript lies beside it as a WebJar, {@code
 * META-INF/resources/webjars/occ4j}.
 */
module org.occ4j.client {
  requires transitive java.net.http;
  requires static org.jspecify;
  requires transitive org.occ4j.core;
  requires org.slf4j;

  exports org.occ4j.client;
}
