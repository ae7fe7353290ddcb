/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.occ4j.DataRejectedException;

/**
 * Finds the names in the message of a server that refused data; JDBC has no other way to them. What
 * the error means has been decided without the message; where a server speaks another language than
 * English the names are left out.
 *
 * <p>Values of users stand in these messages too, so each pattern takes the last place where its
 * words are, or the first line where the server puts values into the others.
 */
final class RejectedData {

  /** A form of message; its groups are named {@code table}, {@code constraint}, {@code column}. */
  private static final List<Pattern> FORMS =
      List.of(
          // PostgreSQL: the names are in the first line, values come in the lines after it.
          form(
              "[^\\n]* on table \"(?<table>[^\"\\n]+)\" violates foreign key constraint"
                  + " \"(?<constraint>[^\"\\n]+)\".*"),
          form(
              "[^\\n]* for relation \"(?<table>[^\"\\n]+)\" violates check constraint"
                  + " \"(?<constraint>[^\"\\n]+)\".*"),
          form(
              "[^\\n]* value in column \"(?<column>[^\"\\n]+)\" of relation"
                  + " \"(?<table>[^\"\\n]+)\" violates not-null constraint.*"),
          form(
              "[^\\n]* violates (?:unique|exclusion|check) constraint"
                  + " \"(?<constraint>[^\"\\n]+)\".*"),
          // MariaDB and MySQL.
          form(".*CONSTRAINT `(?<constraint>[^`]+)` failed for `[^`]+`\\.`(?<table>[^`]+)`.*"),
          form(
              ".*a foreign key constraint fails \\(`[^`]+`\\.`(?<table>[^`]+)`, CONSTRAINT"
                  + " `(?<constraint>[^`]+)` FOREIGN KEY.*"),
          form(".*Check constraint '(?<constraint>[^']+)' is violated.*"),
          form(".*Duplicate entry '.*' for key '(?:[^'.]+\\.)?(?<constraint>[^'.]+)'.*"),
          form(".*Column '(?<column>[^']+)' cannot be null.*"),
          form(".*Field '(?<column>[^']+)' doesn't have a default value.*"),
          form(
              ".* for column (?:`[^`]+`\\.`(?<table>[^`]+)`\\.)?[`'](?<column>[^`']+)[`'] at row.*"),
          // H2: what follows "SQL statement" is the program's.
          form(
              "(?:Unique index or primary key violation|Check constraint violation|Referential"
                  + " integrity constraint violation): \"(?:[^\". ]+\\.)?(?<constraint>[^\":. ]+)"
                  + "(?:(?: INDEX [^\" ]+| PRIMARY KEY)? ON (?:[^\". (]+\\.)?(?<table>[^\". (]+)\\(|:).*"),
          form("NULL not allowed for column \"(?<column>[^\"]+)\".*"),
          form("Numeric value out of range: \"[^\"]*\" in column \"(?<column>[^\"]+)\".*"),
          form("Value too long for column \"(?<column>[^\" ]+) .*"));

  private RejectedData() {}

  private static Pattern form(String regex) {
    return Pattern.compile(regex, Pattern.DOTALL);
  }

  /** What the application is told of data that the database refused. */
  static DataRejectedException of(SQLException error) {
    SQLException server = SqlErrors.speaking(error);
    String text = server.getMessage() == null ? "" : server.getMessage();
    String state = server.getSQLState() == null ? "HY000" : server.getSQLState();
    Matcher names = matching(text);
    return new DataRejectedException(
        "the database refuses the data, nothing was changed: " + text,
        state,
        name(names, "table"),
        name(names, "constraint"),
        name(names, "column"),
        error);
  }

  private static @Nullable Matcher matching(String text) {
    for (Pattern form : FORMS) {
      Matcher matcher = form.matcher(text);
      if (matcher.matches()) {
        return matcher;
      }
    }
    return null;
  }

  private static @Nullable String name(@Nullable Matcher matcher, String group) {
    if (matcher == null || !matcher.pattern().pattern().contains("(?<" + group + ">")) {
      return null;
    }
    return matcher.group(group);
  }
}
