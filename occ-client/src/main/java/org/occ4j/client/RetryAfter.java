/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The pause that a server asks for (RFC 9110, section 10.2.3). */
final class RetryAfter {

  /** The three forms of an HTTP date (section 5.6.7); the last one names no zone and means GMT. */
  private static final List<DateTimeFormatter> FORMS =
      List.of(
          DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH),
          DateTimeFormatter.ofPattern("EEEE, dd-MMM-yy HH:mm:ss 'GMT'", Locale.ENGLISH),
          DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH));

  private static final Duration LONGEST = Duration.ofDays(1);

  private RetryAfter() {}

  /**
   * Reads the header.
   *
   * @param value seconds or a date
   * @param date the {@code Date} of the same answer; by this clock a date is read, since the
   *     client's own may be wrong by hours, and without it a date says nothing
   * @return zero where nothing was asked for that can be understood; at most a day
   */
  static Duration read(@Nullable String value, @Nullable String date) {
    if (value == null) {
      return Duration.ZERO;
    }
    String text = value.strip();
    Duration pause = Duration.ZERO;
    if (text.matches("\\d+")) {
      pause = text.length() > 9 ? LONGEST : Duration.ofSeconds(Long.parseLong(text));
    } else {
      Instant until = instant(text);
      Instant from = date == null ? null : instant(date.strip());
      if (until != null && from != null) {
        pause = Duration.between(from, until);
      }
    }
    return pause.isNegative() ? Duration.ZERO : pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
  }

  private static @Nullable Instant instant(String text) {
    for (DateTimeFormatter form : FORMS) {
      try {
        return Instant.from(form.withZone(ZoneOffset.UTC).parse(text));
      } catch (DateTimeException anotherForm) {
        // The next one may fit; where none does, nothing was said that can be understood.
      }
    }
    return null;
  }
}
