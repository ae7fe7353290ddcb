/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.occ4j.SchemaException;

/**
 * The DDL of the library's own tables. The shipped file of an engine is the one source: what is
 * executed, what is printed and what the check expects are all read from it.
 */
public final class SchemaDdl {

  /** What a column can hold, as coarse as it must be to be the same on every engine. */
  enum Content {
    NUMBER,
    TEXT,
    BYTES,
    FLAG;

    /** Of a type as DDL or a catalog writes it. */
    static Content of(String type) {
      return switch (type) {
        case "tinyint", "smallint", "integer", "int", "bigint" -> NUMBER;
        case "varbinary", "binary varying", "binary", "bytea" -> BYTES;
        case "blob", "mediumblob", "longblob", "binary large object" -> BYTES;
        case "boolean" -> FLAG;
        default -> TEXT;
      };
    }

    /** Whether a column of this content may be declared so: MariaDB calls a flag a number. */
    boolean fits(Content declared) {
      return this == declared || (this == FLAG && declared == NUMBER);
    }
  }

  private static final Pattern VERSION = Pattern.compile("occ4j schema (\\d+) (over (\\d+) )?");
  private static final Pattern TABLE =
      Pattern.compile("CREATE TABLE IF NOT EXISTS occ_(\\w+) \\((.*?)\\n\\)", Pattern.DOTALL);
  private static final Pattern ADDED =
      Pattern.compile(
          "ALTER TABLE occ_(\\w+) ADD COLUMN IF NOT EXISTS ([a-z_]+) ([A-Z]+( [A-Z]+)*)");
  private static final Pattern COLUMN = Pattern.compile("(?m)^  ([a-z_]+) ([A-Z]+( [A-Z]+)*)");
  private static final Pattern NAME = Pattern.compile("(INDEX IF NOT EXISTS )?\\bocc_(\\w+)");
  private static final Pattern COMMENT_LINE = Pattern.compile("(?m)^--.*$");
  private static final Pattern STATEMENT_END = Pattern.compile(";\\s*(\\n|$)");

  private final Engine engine;
  private final String prefix;
  private final String template;

  /**
   * The DDL of an engine.
   *
   * @throws SchemaException if the prefix makes names that the engine cannot hold
   */
  public SchemaDdl(Engine engine, String prefix) {
    this(engine, prefix, load(engine));
  }

  /** The DDL in a text that is written as the shipped files are. */
  public SchemaDdl(Engine engine, String prefix, String template) {
    this.engine = engine;
    this.prefix = prefix;
    this.template = template;
    tables().keySet().forEach(table -> engine.quote(name(table)));
  }

  /** The shipped file of an engine. */
  public static String load(Engine engine) {
    try (InputStream file = SchemaDdl.class.getResourceAsStream(resource(engine))) {
      if (file == null) {
        throw new IllegalStateException("no DDL at " + resource(engine));
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String resource(Engine engine) {
    // No name of a package, so every module may read it.
    return "/META-INF/occ4j-schema/" + engine.name().toLowerCase(Locale.ROOT) + ".sql";
  }

  /** Where the DDL of this engine lies, for messages. */
  String location() {
    return resource(engine).substring(1);
  }

  /** The number of the schema that these statements make, and that this library knows. */
  int version() {
    return Integer.parseInt(number().group(1));
  }

  /**
   * The least number of a schema that these statements extend, so that libraries that know no more
   * than that one and this library may use it beside each other.
   */
  int leastVersion() {
    String over = number().group(3);
    return over == null ? version() : Integer.parseInt(over);
  }

  private Matcher number() {
    Matcher number = VERSION.matcher(template);
    if (!number.find()) {
      throw new IllegalStateException(location() + " says no number");
    }
    return number;
  }

  /** The name of an own table, given without its prefix, as it is to be written. */
  String name(String table) {
    return prefix + table;
  }

  /** The own tables without their prefix, and what their columns hold. */
  public Map<String, Map<String, Content>> tables() {
    Map<String, Map<String, Content>> tables = new LinkedHashMap<>();
    Matcher table = TABLE.matcher(template);
    while (table.find()) {
      Map<String, Content> columns = new LinkedHashMap<>();
      Matcher column = COLUMN.matcher(table.group(2));
      while (column.find()) {
        columns.put(column.group(1), contentOfDdl(column.group(2)));
      }
      tables.put(table.group(1), columns);
    }
    Matcher added = ADDED.matcher(template);
    while (added.find()) {
      Map<String, Content> columns = tables.get(added.group(1));
      if (columns == null) {
        throw new IllegalStateException(location() + " adds to no table: " + added.group());
      }
      columns.put(added.group(2), contentOfDdl(added.group(3)));
    }
    return tables;
  }

  /** Whether a column that is missing in a table that is there is added by these statements. */
  boolean adds(String table, String column) {
    return ADDED
        .matcher(template)
        .results()
        .anyMatch(found -> found.group(1).equals(table) && found.group(2).equals(column));
  }

  /** {@code BIGINT NOT NULL} and the like: the type is the first word, but of large objects. */
  private static Content contentOfDdl(String declaration) {
    String lower = declaration.toLowerCase(Locale.ROOT);
    return lower.startsWith("binary large object")
        ? Content.BYTES
        : Content.of(lower.replaceFirst(" .*", ""));
  }

  /** The script, fit for a migration tool; names need no quotes where they may go without. */
  String script(@Nullable String schema) {
    if (schema != null) {
      return createSchema(engine.folded(schema)) + ";\n" + qualified(template, schema);
    }
    return named(
        template, (name, isIndex) -> Identifiers.isPlain(name) ? name : engine.quote(name));
  }

  /** Makes a schema that may be there by now. */
  String createSchema(String schema) {
    return "CREATE SCHEMA IF NOT EXISTS " + engine.quote(schema);
  }

  /** The statements that make the tables in this schema, each harmless where it has been run. */
  public List<String> statements(String schema) {
    List<String> statements = new ArrayList<>();
    String script = COMMENT_LINE.matcher(template).replaceAll("");
    STATEMENT_END
        .splitAsStream(script)
        .filter(sql -> !sql.isBlank())
        .forEach(sql -> statements.add(qualified(sql.strip(), schema)));
    return statements;
  }

  private String qualified(String sql, String schema) {
    String qualifier = engine.quote(engine.folded(schema)) + ".";
    // An index is in its table's schema by itself; H2 wants to be told all the same.
    String ofIndex = engine.qualifiesIndexes() ? qualifier : "";
    return named(
        sql,
        (name, isIndex) -> (isIndex ? ofIndex : qualifier) + engine.quote(engine.folded(name)));
  }

  private interface Naming {
    String write(String name, boolean isIndex);
  }

  private String named(String sql, Naming naming) {
    return NAME.matcher(sql)
        .replaceAll(found -> Matcher.quoteReplacement(replacement(found, naming)));
  }

  private String replacement(MatchResult found, Naming naming) {
    boolean isIndex = found.group(1) != null;
    String name = name(found.group(2));
    return isIndex
        ? found.group(1) + naming.write(Identifiers.shortened(name, engine), true)
        : naming.write(name, false);
  }
}
