/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The types of columns that go without saying. */
final class ComponentTypes {
  private static final Map<Class<?>, ColumnType<?>> BY_CLASS =
      Map.ofEntries(
          Map.entry(String.class, ColumnType.text()),
          Map.entry(Long.class, ColumnType.longs()),
          Map.entry(long.class, ColumnType.longs()),
          Map.entry(Integer.class, ColumnType.integers()),
          Map.entry(int.class, ColumnType.integers()),
          Map.entry(Short.class, ColumnType.shorts()),
          Map.entry(short.class, ColumnType.shorts()),
          Map.entry(Double.class, ColumnType.doubles()),
          Map.entry(double.class, ColumnType.doubles()),
          Map.entry(Boolean.class, ColumnType.booleans()),
          Map.entry(boolean.class, ColumnType.booleans()),
          Map.entry(BigDecimal.class, ColumnType.decimals()),
          Map.entry(byte[].class, ColumnType.bytes()),
          Map.entry(UUID.class, ColumnType.uuids()),
          Map.entry(Instant.class, ColumnType.instants()),
          Map.entry(LocalDateTime.class, ColumnType.localDateTimes()),
          Map.entry(OffsetDateTime.class, ColumnType.offsetDateTimes()),
          Map.entry(LocalDate.class, ColumnType.localDates()),
          Map.entry(LocalTime.class, ColumnType.localTimes()));

  private ComponentTypes() {}

  /** How contents of this class travel, or null if that has to be said. */
  static @Nullable ColumnType<?> of(Class<?> type) {
    return type.isEnum() ? ofEnum(type) : BY_CLASS.get(type);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static ColumnType<?> ofEnum(Class<?> type) {
    return ColumnType.enums((Class<? extends Enum>) type);
  }
}
