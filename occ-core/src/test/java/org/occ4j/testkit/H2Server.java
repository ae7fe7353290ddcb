/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.nio.file.Path;
import java.util.UUID;
import org.h2.engine.Constants;
import org.jspecify.annotations.Nullable;

/**
 * H2 inside this JVM. On disk a database is closed with its last connection, and another JVM may
 * open it then: a test that kills a JVM runs H2 in a {@link ChildJvm} with the URL of a {@link
 * TestDatabase} and looks at the file afterwards.
 */
public final class H2Server implements DatabaseServer {
  private final Engine engine;
  private final @Nullable SmallDisk disk;

  private H2Server(Engine engine, @Nullable SmallDisk disk) {
    this.engine = engine;
    this.disk = disk;
  }

  /** Databases in files; an acknowledged commit is in the file ({@code WRITE_DELAY=0}). */
  public static H2Server onDisk() {
    return new H2Server(Engine.H2, null);
  }

  /** The same, in files on a disk that can be full. The caller closes the disk. */
  public static H2Server on(SmallDisk disk) {
    return new H2Server(Engine.H2, disk);
  }

  /** Databases in memory, which live until the end of the JVM. */
  public static H2Server inMemory() {
    return new H2Server(Engine.H2_MEMORY, null);
  }

  @Override
  public Engine engine() {
    return engine;
  }

  @Override
  public String version() {
    return "H2 " + Constants.FULL_VERSION;
  }

  @Override
  public TestDatabase newDatabase() {
    String name = "occ-" + UUID.randomUUID();
    if (engine == Engine.H2_MEMORY) {
      return new TestDatabase(engine, "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1", "sa", "");
    }
    Path file = (disk == null ? WorkDirectory.create("h2") : disk.root()).resolve(name);
    return new TestDatabase(engine, "jdbc:h2:file:" + file + ";WRITE_DELAY=0", "sa", "");
  }

  /** Nothing to stop: a database ends with its last connection or with the JVM. */
  @Override
  public void close() {}
}
