/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Arrays;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.jdbc.OccDatabase;

/** The recipe {@code Tasks.kt} compiles, warnings being errors, and does what it says. */
@Tag("slow")
class KotlinTest {

  private static void compile(Path classes) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    ExitCode code =
        new K2JVMCompiler()
            .exec(
                new PrintStream(said, true, StandardCharsets.UTF_8),
                "src/once/kotlin/Tasks.kt",
                "-d",
                classes.toString(),
                "-classpath",
                classPath(),
                "-no-stdlib",
                "-Werror");
    assertThat(code).as(said.toString(StandardCharsets.UTF_8)).isEqualTo(ExitCode.OK);
  }

  /** A module without classes of its own has no folder of them, of which the compiler warns. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> Files.exists(Path.of(entry)))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Object call(Object object, String name, Object... arguments) throws Exception {
    for (Method method : object.getClass().getMethods()) {
      if (method.getName().equals(name)) {
        return method.invoke(object, arguments);
      }
    }
    throw new NoSuchMethodException(name);
  }

  @Test
  void tasks_areWrittenAndReadByKotlin(@TempDir Path classes) throws Exception {
    compile(classes);
    try (HikariDataSource pool = Databases.pool();
        OccDatabase db = OccDatabase.builder(pool).createSchema().open();
        URLClassLoader kotlin = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE task (id BIGINT PRIMARY KEY, title VARCHAR(100) NOT NULL,"
                + " note VARCHAR(100), version BIGINT NOT NULL)");
      }
      Object tasks =
          kotlin
              .loadClass("org.occ4j.recipes.kotlin.Tasks")
              .getConstructor(OccDatabase.class, Codec.class)
              .newInstance(db, Codec.strings());
      long seen = (Long) call(tasks, "create", 1L, "Tidy", null);
      assertThat(call(tasks, "note", 1L)).isNull();
      assertThat(call(tasks, "rename", id(), 1L, "Tidy up", seen)).asString().contains("version");
      assertThat(call(tasks, "rename", id(), 1L, "Tidy all", seen))
          .isEqualTo("conflict with Tidy up");
      assertThat(call(tasks, "rename", id(), 2L, "x", seen)).asString().contains("conflict");
    }
  }

  private static MutationId id() {
    return new MutationId(new Scope("acme", "ana", "task.rename"), UUID.randomUUID());
  }
}
