/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What holds for the main code of every published module. The module is read once for all tests.
 */
@TestInstance(PER_CLASS)
public abstract class HouseRulesContract {
  private final Path classesDirectory;
  private final Path sources;
  private final JavaClasses classes;

  /** Reads the module in whose directory the test runs. */
  protected HouseRulesContract() {
    this(Path.of("target", "classes"), Path.of("src", "main", "java"));
  }

  HouseRulesContract(Path classesDirectory, Path sources) {
    this.classesDirectory = classesDirectory;
    this.sources = sources;
    // The rules ask for names alone: the classes of the JDK and of libraries need not be read.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    this.classes = new ClassFileImporter().importPath(classesDirectory);
  }

  /**
   * The packages of the module in the order in which they may use each other, the highest first.
   */
  protected abstract List<String> packagesFromTheTop();

  /** The one package that sees {@code java.sql}. */
  protected abstract String jdbcPackage();

  @Test
  void packages_useOnlyThoseBelowThem() {
    classes().should(new DownwardDependencies(packagesFromTheTop())).check(classes);
  }

  @Test
  void packages_haveNoCycle() {
    slices().assignedFrom(new PackageSlices()).should().beFreeOfCycles().check(classes);
  }

  @Test
  void module_leavesTheInternalsOfOthersAlone() {
    classes().should(new ForeignInternals(packagesFromTheTop())).check(classes);
  }

  @Test
  void javaSql_isSeenByTheJdbcPackageOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage(jdbcPackage() + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..")
        .check(classes);
  }

  @Test
  void everyPackage_isNullMarked() {
    for (String name : packageNames()) {
      assertThat(classes.getPackage(name).tryGetPackageInfo())
          .as("package-info of %s", name)
          .hasValueSatisfying(info -> assertThat(info.isAnnotatedWith(NullMarked.class)).isTrue());
    }
  }

  @Test
  void everyPackage_isExportedUnlessItIsInternal() throws IOException {
    Set<String> expected =
        classes.stream()
            .filter(type -> !type.getSimpleName().endsWith("-info"))
            .map(JavaClass::getPackageName)
            .filter(name -> !ForeignInternals.isInternal(name))
            .collect(toCollection(TreeSet::new));
    assertThat(exports()).isEqualTo(expected);
  }

  @Test
  void whatUsersCall_namesOnlyWhatUsersCanName() {
    classes().should(new PublicSignatures()).check(classes);
  }

  @Test
  void nothing_isSynchronized() throws IOException {
    assertThat(Synchronization.in(classesDirectory)).isEmpty();
  }

  @Test
  void nothing_writesToTheStandardStreams() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(classes);
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(classes);
  }

  @Test
  void everythingPublic_isDocumented() throws IOException {
    assertThat(Documentation.missingIn(sources)).isEmpty();
  }

  private Set<String> packageNames() {
    return classes.stream()
        .filter(type -> !type.getName().equals("module-info"))
        .map(JavaClass::getPackageName)
        .collect(toCollection(TreeSet::new));
  }

  private Set<String> exports() throws IOException {
    try (InputStream in = Files.newInputStream(classesDirectory.resolve("module-info.class"))) {
      return ModuleDescriptor.read(in).exports().stream()
          .map(ModuleDescriptor.Exports::source)
          .collect(toCollection(TreeSet::new));
    }
  }
}
