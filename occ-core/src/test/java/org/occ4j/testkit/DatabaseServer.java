/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

/** A running database server, in this JVM or beside it. Thread-safe. */
public interface DatabaseServer extends AutoCloseable {

  /** The engine that this is a server of. */
  Engine engine();

  /** What the server itself says it is, name and number. */
  String version();

  /** Creates an empty database that nothing else uses, one for each test class. */
  TestDatabase newDatabase();

  /** Stops the server; its databases are gone. Idempotent. */
  @Override
  void close();
}
