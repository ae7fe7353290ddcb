/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.merge.FieldChange;
import org.occ4j.mutation.MutationResult;

/** What a conflict's problem document has beyond the members that every one has. */
final class ProblemMembers {
  private ProblemMembers() {}

  /** The expectation as an object with one member, named as the request names it where it can. */
  static Map<String, Object> expected(Expected expected) {
    if (expected instanceof Expected.Version version) {
      return Map.of(WriteRequest.VERSION, version.version());
    }
    if (expected instanceof Expected.VersionIn versions) {
      return Map.of("versions", versions.versions());
    }
    if (expected instanceof Expected.UpdatedAt updatedAt) {
      return Map.of(WriteRequest.UPDATED_AT, updatedAt.instant().toString());
    }
    return Map.of(expected.equals(Expected.absent()) ? "absent" : "present", true);
  }

  static List<Map<String, @Nullable Object>> changes(
      List<FieldChange> changes, Function<FieldChange, @Nullable FieldChange> view) {
    List<Map<String, @Nullable Object>> shown = new ArrayList<>();
    for (FieldChange change : changes) {
      FieldChange visible = view.apply(change);
      if (visible != null) {
        shown.add(change(visible));
      }
    }
    return Collections.unmodifiableList(shown);
  }

  private static Map<String, @Nullable Object> change(FieldChange change) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("field", change.path());
    if (change.base() != null) {
      members.put("base", change.base());
    }
    members.put("theirs", change.theirs());
    members.put("mine", change.mine());
    return Collections.unmodifiableMap(members);
  }

  /** Told to the one who asks: who changed it in another tab is not somebody else. */
  static String conflictDetail(MutationResult.Conflicted<?> conflict, @Nullable String asking) {
    Versioned<?> current = conflict.current();
    if (current == null) {
      return "It was deleted or never existed.";
    }
    if (conflict.expected().equals(Expected.absent())) {
      return "It exists already.";
    }
    String who = current.updatedBy() == null ? "Somebody" : current.updatedBy();
    return (who.equals(asking) ? "You" : who) + " changed it since.";
  }
}
