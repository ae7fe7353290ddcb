/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a trigger of H2 has to know of its table, as one text.
 *
 * @param now SQL: the database clock in microseconds
 * @param version the column of the version, spelled as it is, or null
 * @param byClock whether versions are taken from the clock
 * @param time the column of the last write's time, or null
 * @param tick its precision in microseconds
 * @param updatedBy the column of the last writer, or null
 * @param key the columns of the key and what their parts of its text are made of; empty where the
 *     trigger does not tell
 * @param mark what a session is marked with while the library writes this table
 * @param log the change log's table, quoted
 * @param source the name of the store
 */
public record H2TriggerSettings(
    String now,
    @Nullable String version,
    boolean byClock,
    @Nullable String time,
    long tick,
    @Nullable String updatedBy,
    Map<String, ForeignChange.KeyText> key,
    long mark,
    String log,
    String source) {

  static H2TriggerSettings of(TableLayout layout, @Nullable ForeignChange change) {
    TimeColumn time = layout.time();
    Map<String, ForeignChange.KeyText> key = new LinkedHashMap<>();
    for (int i = 0; change != null && i < change.key().size(); i++) {
      key.put(spelled(layout.key().columns().get(i).name()), change.key().get(i));
    }
    String version = layout.version();
    String updatedBy = layout.updatedBy();
    return new H2TriggerSettings(
        layout.engine().nowMicros(),
        version == null ? null : spelled(version),
        layout.byClock(),
        time == null ? null : spelled(time.name()),
        time == null ? 1 : time.tick(),
        updatedBy == null ? null : spelled(updatedBy),
        key,
        ForeignChangeTrigger.mark(layout),
        change == null ? "" : change.table(),
        change == null ? "" : change.source());
  }

  /** The name inside its quotes. */
  private static String spelled(String quoted) {
    String quote = quoted.substring(0, 1);
    return quoted.substring(1, quoted.length() - 1).replace(quote + quote, quote);
  }

  /** Pairs as in a form of HTML, which need no escapes in SQL. */
  String text() {
    List<String> pairs = new ArrayList<>();
    add(pairs, "now", now);
    add(pairs, "version", version);
    add(pairs, "byClock", String.valueOf(byClock));
    add(pairs, "time", time);
    add(pairs, "tick", String.valueOf(tick));
    add(pairs, "updatedBy", updatedBy);
    key.forEach((column, kind) -> add(pairs, "key." + kind, column));
    add(pairs, "mark", String.valueOf(mark));
    add(pairs, "log", log);
    add(pairs, "source", source);
    return String.join("&", pairs);
  }

  private static void add(List<String> pairs, String name, @Nullable String value) {
    if (value != null) {
      pairs.add(name + "=" + URLEncoder.encode(value, UTF_8));
    }
  }

  /**
   * The settings in a text.
   *
   * @throws IllegalArgumentException if it is another text
   */
  public static H2TriggerSettings parse(String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    Map<String, ForeignChange.KeyText> key = new LinkedHashMap<>();
    for (String pair : text.split("&", -1)) {
      int end = pair.indexOf('=');
      if (end < 0) {
        throw new IllegalArgumentException("not what foreignWriteTriggers wrote: " + text);
      }
      String name = pair.substring(0, end);
      String value = URLDecoder.decode(pair.substring(end + 1), UTF_8);
      if (name.startsWith("key.")) {
        key.put(value, ForeignChange.KeyText.valueOf(name.substring("key.".length())));
      } else {
        pairs.put(name, value);
      }
    }
    return new H2TriggerSettings(
        pairs.getOrDefault("now", ""),
        pairs.get("version"),
        Boolean.parseBoolean(pairs.get("byClock")),
        pairs.get("time"),
        Long.parseLong(pairs.getOrDefault("tick", "1")),
        pairs.get("updatedBy"),
        key,
        Long.parseLong(pairs.getOrDefault("mark", "0")),
        pairs.getOrDefault("log", ""),
        pairs.getOrDefault("source", ""));
  }
}
