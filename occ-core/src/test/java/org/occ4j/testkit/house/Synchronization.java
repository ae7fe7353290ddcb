/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit.house;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Finds {@code synchronized} methods and blocks in class files: a virtual thread that waits inside
 * one pins its carrier.
 *
 * <p>The JDK's own disassembler reads the files, so what counts is what the compiler wrote: the
 * flag of a method, and the instruction that enters a monitor.
 */
final class Synchronization {
  private static final Pattern TYPE = Pattern.compile("^\\S.*\\{$");
  private static final Pattern ENTER = Pattern.compile("^\\s*\\d+: monitorenter\\b.*");
  private static final Pattern METHOD = Pattern.compile("^ {2}[^(]*\\bsynchronized\\b[^(]*\\(.*");
  private static final Pattern MEMBER = Pattern.compile("^ {2}\\S.*[;{]$");

  private Synchronization() {}

  /**
   * The members under this directory of class files that synchronize, as the disassembler prints
   * them.
   */
  static List<String> in(Path classes) throws IOException {
    var found = new LinkedHashSet<String>();
    String type = "";
    String member = "";
    for (String line : disassemble(classFiles(classes)).lines().toList()) {
      if (TYPE.matcher(line).matches()) {
        type = line.strip();
      } else if (MEMBER.matcher(line).matches()) {
        member = line.strip();
      }
      if (METHOD.matcher(line).matches() || ENTER.matcher(line).matches()) {
        found.add(type + " " + member);
      }
    }
    return List.copyOf(found);
  }

  private static List<String> classFiles(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .filter(file -> !file.endsWith("module-info.class"))
          .map(Path::toString)
          .sorted()
          .toList();
    }
  }

  private static String disassemble(List<String> files) {
    var out = new ByteArrayOutputStream();
    var print = new PrintStream(out, false, UTF_8);
    var arguments = new ArrayList<>(List.of("-c", "-p"));
    arguments.addAll(files);
    var javap = ToolProvider.findFirst("javap").orElseThrow();
    int status = javap.run(print, print, arguments.toArray(String[]::new));
    print.flush();
    String text = out.toString(UTF_8);
    if (status != 0 || files.isEmpty()) {
      throw new IllegalStateException("javap could not read " + files + ": " + text);
    }
    return text;
  }
}
