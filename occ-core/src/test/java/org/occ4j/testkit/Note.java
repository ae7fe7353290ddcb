/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.merge.FieldChange;
import org.occ4j.merge.MergeResult;
import org.occ4j.merge.Merger;

/** A value with two fields, for tests of what is built on values. */
public record Note(String title, String body) {

  /** As two lines. */
  public static final Codec<Note> CODEC =
      Codec.of(
          "note/1",
          note -> (note.title + "\n" + note.body).getBytes(UTF_8),
          bytes -> {
            String[] lines = new String(bytes, UTF_8).split("\n", 2);
            return new Note(lines[0], lines[1]);
          });

  /** Tells the two fields apart; does not merge. */
  public static final Merger<Note> MERGER =
      new Merger<>() {
        @Override
        public MergeResult<Note> merge(Note base, Note mine, Note theirs) {
          throw new UnsupportedOperationException("only changes are asked for");
        }

        @Override
        public List<FieldChange> changes(@Nullable Note base, Note theirs, Note mine) {
          List<FieldChange> changes = new ArrayList<>();
          if (!Objects.equals(theirs.title, mine.title)) {
            changes.add(
                new FieldChange(
                    "title", base == null ? null : base.title, theirs.title, mine.title));
          }
          if (!Objects.equals(theirs.body, mine.body)) {
            changes.add(
                new FieldChange("body", base == null ? null : base.body, theirs.body, mine.body));
          }
          return changes;
        }
      };

  /** The same with another title. */
  public Note title(String other) {
    return new Note(other, body);
  }

  /** The same with another body. */
  public Note body(String other) {
    return new Note(title, other);
  }
}
