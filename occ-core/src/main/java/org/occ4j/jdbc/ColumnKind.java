/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.occ4j.internal.UnicodeText;
import org.occ4j.jdbc.internal.Catalog.CatalogColumn;
import org.occ4j.jdbc.internal.Engine;

/**
 * How contents of one kind travel to a column and back, and what a column must be like to keep them
 * as they are. Stateless.
 */
abstract class ColumnKind {

  private static final Set<String> INTEGERS =
      Set.of("tinyint", "smallint", "mediumint", "int", "integer", "bigint");
  private static final Set<String> DECIMALS = Set.of("decimal", "numeric");
  private static final Set<String> SINGLES = Set.of("real", "float");
  private static final Set<String> DOUBLES = Set.of("double", "double precision");

  /** More digits before the point are not written out, for the column will refuse them anyway. */
  private static final int MOST_DIGITS = 1_000;

  /** Writes a content that is not NULL. */
  interface Binder {
    void bind(PreparedStatement statement, int index, Object value) throws SQLException;
  }

  /** Reads a content, as JDBC reads NULL. */
  interface Reader {
    @Nullable Object read(ResultSet row, int index) throws SQLException;
  }

  private final int jdbcType;

  ColumnKind(int jdbcType) {
    this.jdbcType = jdbcType;
  }

  /** The type that a NULL has; {@code Types.NULL} for that of its column. */
  int nullType(CatalogColumn column) {
    return jdbcType == Types.OTHER ? Types.NULL : jdbcType;
  }

  /** Whether the column holds text, which engines compare and order in ways of their own. */
  boolean isText() {
    return false;
  }

  /** Why the column cannot keep contents of this kind as they are, or null if it can. */
  @Nullable String refusal(CatalogColumn column, Engine engine) {
    return null;
  }

  /** Why the column would make something else of this content, or null if it keeps it. */
  @Nullable String alteration(CatalogColumn column, Object content, Engine engine) {
    return null;
  }

  /**
   * The same content as the column spells it, where that is known before it is sent; else the
   * content. The pipeline compares it with the row, so a wrong guess costs time and nothing else.
   */
  Object spelled(CatalogColumn column, Object content, Engine engine) {
    return content;
  }

  /** What is selected of the column, given quoted, so that {@link #read} can read it. */
  String selected(String column, Engine engine) {
    return column;
  }

  abstract void bind(
      PreparedStatement statement, int index, Object content, Engine engine, CatalogColumn column)
      throws SQLException;

  abstract @Nullable Object read(ResultSet row, int index, Engine engine, CatalogColumn column)
      throws SQLException;

  /** A kind for which JDBC has a pair of methods. */
  static ColumnKind plain(int jdbcType, Binder binder, Reader reader) {
    return new Plain(jdbcType, binder, reader);
  }

  private static class Plain extends ColumnKind {
    private final Binder binder;
    private final Reader reader;

    Plain(int jdbcType, Binder binder, Reader reader) {
      super(jdbcType);
      this.binder = binder;
      this.reader = reader;
    }

    @Override
    void bind(PreparedStatement statement, int index, Object value, Engine e, CatalogColumn c)
        throws SQLException {
      binder.bind(statement, index, value);
    }

    @Override
    @Nullable Object read(ResultSet row, int index, Engine engine, CatalogColumn column)
        throws SQLException {
      return reader.read(row, index);
    }
  }

  /** Whole numbers, which no column of floating-point numbers keeps. */
  static ColumnKind whole(int jdbcType, Binder binder, Reader reader) {
    return new Plain(jdbcType, binder, reader) {
      @Override
      @Nullable String refusal(CatalogColumn column, Engine engine) {
        if (column.isText()) {
          return "keeps texts that are no numbers";
        }
        return SINGLES.contains(column.type()) || DOUBLES.contains(column.type())
            ? "does not keep every whole number"
            : null;
      }
    };
  }

  /** Floating-point numbers of 64 bits. */
  static ColumnKind floating(int jdbcType, Binder binder, Reader reader) {
    return new Plain(jdbcType, binder, reader) {
      @Override
      @Nullable String refusal(CatalogColumn column, Engine engine) {
        String type = column.type();
        boolean rounds = DOUBLES.contains(type) && column.scale() != null;
        boolean other = SINGLES.contains(type) || DECIMALS.contains(type);
        return rounds || other || INTEGERS.contains(type) ? "rounds double numbers" : null;
      }

      @Override
      @Nullable String alteration(CatalogColumn column, Object content, Engine engine) {
        boolean kept = engine.keepsNonFinite() || Double.isFinite((Double) content);
        return kept ? null : "keeps finite numbers, and " + content + " is none";
      }

      /** Where there is no infinity there is no zero below zero either. */
      @Override
      Object spelled(CatalogColumn column, Object content, Engine engine) {
        return engine.keepsNonFinite() ? content : (Double) content + 0.0;
      }
    };
  }

  /** Bytes, to which a column of fixed length adds zeros. */
  static ColumnKind binary(int jdbcType, Binder binder, Reader reader) {
    return new Plain(jdbcType, binder, reader) {
      @Override
      Object spelled(CatalogColumn column, Object content, Engine engine) {
        byte[] bytes = (byte[]) content;
        return column.padded() == null || bytes.length >= column.padded()
            ? bytes
            : Arrays.copyOf(bytes, column.padded());
      }
    };
  }

  /** Decimal numbers, which a column rounds to its scale without an error. */
  static ColumnKind decimal(int jdbcType, Binder binder, Reader reader) {
    return new Plain(jdbcType, binder, reader) {
      @Override
      @Nullable String refusal(CatalogColumn column, Engine engine) {
        boolean exact = DECIMALS.contains(column.type()) || INTEGERS.contains(column.type());
        return exact ? null : "does not keep decimal numbers";
      }

      @Override
      @Nullable String alteration(CatalogColumn column, Object content, Engine engine) {
        Integer scale = scale(column);
        BigDecimal number = (BigDecimal) content;
        return scale == null || number.stripTrailingZeros().scale() <= scale
            ? null
            : "keeps " + scale + " digits after the point, and " + number + " has more";
      }

      private @Nullable Integer scale(CatalogColumn column) {
        return INTEGERS.contains(column.type()) ? Integer.valueOf(0) : column.scale();
      }

      @Override
      Object spelled(CatalogColumn column, Object content, Engine engine) {
        Integer scale = scale(column);
        BigDecimal number = (BigDecimal) content;
        boolean isShort = (long) number.precision() - number.scale() <= MOST_DIGITS;
        return scale == null || !isShort ? content : number.setScale(Math.max(0, scale));
      }
    };
  }

  /** Text, which the server turns into the column's own type where that is another. */
  static final class Text extends ColumnKind {
    private final boolean literal;

    /** Text, sent as a literal in any case, or only to a column that is not one of text. */
    Text(int jdbcType, boolean literal) {
      super(jdbcType);
      this.literal = literal;
    }

    @Override
    boolean isText() {
      return true;
    }

    @Override
    @Nullable String refusal(CatalogColumn column, Engine engine) {
      boolean isNumber =
          Stream.of(INTEGERS, DECIMALS, SINGLES, DOUBLES)
              .anyMatch(numbers -> numbers.contains(column.type()));
      return isNumber && !literal ? "makes numbers of texts, and another text of some" : null;
    }

    /** Drivers send a question mark in the place of half a pair, or something else. */
    @Override
    @Nullable String alteration(CatalogColumn column, Object content, Engine engine) {
      return UnicodeText.isWellFormed((String) content)
          ? null
          : "keeps Unicode text, and an unpaired surrogate is none";
    }

    /** MariaDB takes the blanks at the end of a CHAR away, PostgreSQL gives it as many as fit. */
    @Override
    Object spelled(CatalogColumn column, Object content, Engine engine) {
      String text = (String) content;
      if (column.type().equals("char")) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
          end--;
        }
        return text.substring(0, end);
      }
      int missing =
          column.padded() == null ? 0 : column.padded() - text.codePointCount(0, text.length());
      return missing <= 0 ? text : text + " ".repeat(missing);
    }

    @Override
    int nullType(CatalogColumn column) {
      return column.isText() ? super.nullType(column) : Types.NULL;
    }

    @Override
    void bind(PreparedStatement statement, int index, Object text, Engine engine, CatalogColumn to)
        throws SQLException {
      if (literal || !to.isText()) {
        engine.bindLiteral(statement, index, (String) text, to.type());
      } else {
        statement.setString(index, (String) text);
      }
    }

    @Override
    @Nullable Object read(ResultSet row, int index, Engine engine, CatalogColumn column)
        throws SQLException {
      return row.getString(index);
    }
  }
}
