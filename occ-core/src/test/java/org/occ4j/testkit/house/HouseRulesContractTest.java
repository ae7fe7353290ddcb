/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit.house;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each house rule, beside a small house that breaks it. */
class HouseRulesContractTest {
  private static final String MODULE =
      "module house { exports org.occ4j; exports org.occ4j.store; exports org.occ4j.jdbc;"
          + " requires java.sql; requires java.logging; requires org.jspecify; }";

  private static final String THIEF = "class Thief { org.occ4j.store.internal.Shelf taken; }";

  @TempDir Path directory;

  @Test
  void aHouseInOrder_passes() throws IOException {
    var house = house(Map.of());
    assertThatCode(
            () -> {
              house.packages_useOnlyThoseBelowThem();
              house.packages_haveNoCycle();
              house.module_leavesTheInternalsOfOthersAlone();
              house.javaSql_isSeenByTheJdbcPackageOnly();
              house.everyPackage_isNullMarked();
              house.everyPackage_isExportedUnlessItIsInternal();
              house.whatUsersCall_namesOnlyWhatUsersCanName();
              house.nothing_isSynchronized();
              house.nothing_writesToTheStandardStreams();
              house.everythingPublic_isDocumented();
            })
        .doesNotThrowAnyException();
  }

  @Test
  void aPackageThatUsesOneAbove_isCaught() throws IOException {
    var house = house(Map.of("store/Up", "class Up { org.occ4j.jdbc.Database above; }"));
    assertCaught(house::packages_useOnlyThoseBelowThem, "org.occ4j.jdbc.Database");
  }

  @Test
  void aRoomBehindAPackageThatUsesWhatUsersName_isCaught() throws IOException {
    house(Map.of("jdbc/internal/Up", "class Up { org.occ4j.jdbc.Database above; }"));
    var withRoom =
        new SmallHouse(
            directory.resolve("classes"),
            directory.resolve("sources"),
            "org.occ4j.jdbc",
            "org.occ4j.jdbc.internal",
            "org.occ4j.store",
            "org.occ4j");
    assertCaught(withRoom::packages_useOnlyThoseBelowThem, "org.occ4j.jdbc.Database");
  }

  @Test
  void aPackageThatIsNotOnTheMap_isCaught() throws IOException {
    var house = house(Map.of("attic/Box", "class Box {}"));
    assertCaught(house::packages_useOnlyThoseBelowThem, "org.occ4j.attic.Box");
  }

  @Test
  void sharedWordsThatUseARoom_areCaught() throws IOException {
    var house = house(Map.of("Bad", "class Bad { org.occ4j.store.Store room; }"));
    assertCaught(house::packages_useOnlyThoseBelowThem, "org.occ4j.store.Store");
  }

  @Test
  void aCycle_isCaught() throws IOException {
    var house =
        house(
            Map.of(
                "store/Up", "class Up { org.occ4j.jdbc.Database above; }",
                "jdbc/Down", "class Down { org.occ4j.store.Store below; }"));
    assertCaught(house::packages_haveNoCycle, "Cycle detected");
  }

  @Test
  void internalsSharedByTwoPackages_pass() throws IOException {
    var house =
        house(
            Map.of(
                "store/internal/Shelf", "public class Shelf { org.occ4j.store.Store store; }",
                "store/Room", "class Room { org.occ4j.store.internal.Shelf shelf; }",
                "jdbc/Guest", "class Guest { org.occ4j.store.internal.Shelf shared; }"));
    assertThatCode(house::packages_haveNoCycle).doesNotThrowAnyException();
    assertThatCode(house::packages_useOnlyThoseBelowThem).doesNotThrowAnyException();
    assertThatCode(house::module_leavesTheInternalsOfOthersAlone).doesNotThrowAnyException();
  }

  @Test
  void theInternalsOfAnotherModule_areCaught() throws IOException {
    house(Map.of("store/internal/Shelf", "public class Shelf {}", "jdbc/Thief", THIEF));
    var foreign =
        new SmallHouse(
            directory.resolve("classes"), directory.resolve("sources"), "org.occ4j.jdbc");
    assertCaught(foreign::module_leavesTheInternalsOfOthersAlone, "org.occ4j.store.internal.Shelf");
  }

  @Test
  void javaSqlOutsideTheJdbcPackage_isCaught() throws IOException {
    var house = house(Map.of("store/Sql", "class Sql { java.sql.Connection connection; }"));
    assertCaught(house::javaSql_isSeenByTheJdbcPackageOnly, "java.sql.Connection");
  }

  @Test
  void aPackageWithoutNullMarked_isCaught() throws IOException {
    var house = house(Map.of("store/more/Bare", "class Bare {}"));
    assertCaught(house::everyPackage_isNullMarked, "org.occ4j.store.more");
  }

  @Test
  void aPackageThatIsNotExported_isCaught() throws IOException {
    var house = house(Map.of("store/more/Hidden", "class Hidden {}"));
    assertCaught(house::everyPackage_isExportedUnlessItIsInternal, "org.occ4j.store.more");
  }

  @Test
  void aPublicMethodThatReturnsAHiddenType_isCaught() throws IOException {
    var source =
        "public class Leak { public java.util.List<Hidden> get() { return null; } class Hidden {} }";
    var house = house(Map.of("store/Leak", source));
    assertCaught(house::whatUsersCall_namesOnlyWhatUsersCanName, "Leak$Hidden");
  }

  @Test
  void aPublicMethodThatTakesATypeOfALibrary_isCaught() throws IOException {
    var source =
        "public class Leak { public void set(org.jspecify.annotations.NullMarked[] n) {} }";
    var house = house(Map.of("store/Leak", source));
    assertCaught(house::whatUsersCall_namesOnlyWhatUsersCanName, "annotations.NullMarked");
  }

  @Test
  void aSynchronizedMethod_isCaught() throws IOException {
    var house = house(Map.of("store/Sync", "class Sync { synchronized void enter() {} }"));
    assertCaught(house::nothing_isSynchronized, "synchronized void enter()");
  }

  @Test
  void aSynchronizedBlock_isCaught() throws IOException {
    var source = "class Sync { void enter() { Runnable r = () -> { synchronized (this) {} }; } }";
    var house = house(Map.of("store/Sync", source));
    assertCaught(house::nothing_isSynchronized, "lambda$enter$0");
  }

  @Test
  void theStandardStreams_areCaught() throws IOException {
    var house = house(Map.of("store/Loud", "class Loud { void say() { System.out.println(); } }"));
    assertCaught(house::nothing_writesToTheStandardStreams, "java.lang.System.out");
  }

  @Test
  void aPublicMethodWithoutComment_isCaught() throws IOException {
    var house = house(Map.of("store/Mute", "/** A. */ public class Mute { public void say() {} }"));
    assertCaught(house::everythingPublic_isDocumented, "Mute.say");
  }

  @Test
  void aMethodOfAPublicInterfaceWithoutComment_isCaught() throws IOException {
    var house = house(Map.of("store/Mute", "/** A. */ public interface Mute { void say(); }"));
    assertCaught(house::everythingPublic_isDocumented, "Mute.say");
  }

  private static void assertCaught(ThrowingCallable rule, String culprit) {
    assertThatThrownBy(rule).isInstanceOf(AssertionError.class).hasMessageContaining(culprit);
  }

  /** A module of three packages in order, with these sources (by path below org/occ4j) added. */
  private HouseRulesContract house(Map<String, String> added) throws IOException {
    Path sources = Files.createDirectories(directory.resolve("sources"));
    Path classes = Files.createDirectories(directory.resolve("classes"));
    Files.writeString(sources.resolve("module-info.java"), "/** A house. */ " + MODULE);
    room(sources, "", "Word", "/** A word. */ public class Word {}");
    room(sources, "store", "Store", "/** A store. */ public class Store { org.occ4j.Word word; }");
    room(
        sources, "jdbc", "Database", "/** A base. */ public class Database { java.sql.Driver d; }");
    for (var entry : added.entrySet()) {
      write(sources, entry.getKey(), entry.getValue());
    }
    compile(sources, classes);
    return new SmallHouse(classes, sources, "org.occ4j.jdbc", "org.occ4j.store", "org.occ4j");
  }

  private static void room(Path sources, String name, String type, String body) throws IOException {
    String path = name.isEmpty() ? "" : name + "/";
    String packageName = name.isEmpty() ? "org.occ4j" : "org.occ4j." + name;
    Path info = sources.resolve("org/occ4j/" + path + "package-info.java");
    Files.createDirectories(info.getParent());
    Files.writeString(
        info, "/** A room. */ @org.jspecify.annotations.NullMarked package " + packageName + ";");
    write(sources, path + type, body);
  }

  private static void write(Path sources, String path, String body) throws IOException {
    Path file = sources.resolve("org/occ4j/" + path + ".java");
    Files.createDirectories(file.getParent());
    String packageName = sources.relativize(file.getParent()).toString().replace('/', '.');
    Files.writeString(file, "package " + packageName + "; " + body);
  }

  private static void compile(Path sources, Path classes) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      var arguments =
          Stream.concat(
                  Stream.of("--release", "17", "-d", classes.toString(), "-p", jspecify()),
                  files.map(Path::toString).filter(f -> f.endsWith(".java")))
              .toArray(String[]::new);
      int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments);
      if (status != 0) {
        throw new IllegalStateException("the example does not compile");
      }
    }
  }

  private static String jspecify() {
    return NullMarked.class.getProtectionDomain().getCodeSource().getLocation().getPath();
  }

  private static final class SmallHouse extends HouseRulesContract {
    private final List<String> packages;

    SmallHouse(Path classes, Path sources, String... packages) {
      super(classes, sources);
      this.packages = List.of(packages);
    }

    @Override
    protected List<String> packagesFromTheTop() {
      return packages;
    }

    @Override
    protected String jdbcPackage() {
      return "org.occ4j.jdbc";
    }
  }
}
