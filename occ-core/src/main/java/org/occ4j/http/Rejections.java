/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.occ4j.DataRejectedException;

/**
 * What the application has said of its own refusals and of the database's.
 *
 * @param statuses by code
 * @param constraintCodes by the constraint's name in small letters
 * @param fields by the column's name in small letters
 * @param fieldCodes by field
 */
record Rejections(
    Map<String, Integer> statuses,
    Map<String, String> constraintCodes,
    Map<String, String> fields,
    Map<String, String> fieldCodes) {

  /** Copies the maps. */
  Rejections {
    statuses = Map.copyOf(statuses);
    constraintCodes = Map.copyOf(constraintCodes);
    fields = Map.copyOf(fields);
    fieldCodes = Map.copyOf(fieldCodes);
  }

  /** The answer to what the application rejected. */
  HttpAnswer answer(String code, String detail) {
    return answer(code, detail, Map.of("code", code));
  }

  private HttpAnswer answer(String code, String detail, Map<String, String> members) {
    int status = statuses.getOrDefault(code, ProblemType.REJECTED.status());
    return HttpAnswer.refusal(ProblemType.REJECTED, status, detail, members);
  }

  /** The answer to data that the database refused. */
  HttpAnswer answer(DataRejectedException refused) {
    String field = lookUp(fields, refused.column());
    String code = lookUp(constraintCodes, refused.constraint());
    if (code == null && field != null) {
      code = fieldCodes.get(field);
    }
    Map<String, String> members = new LinkedHashMap<>();
    members.put("code", code == null ? HttpContract.DATA_REJECTED : code);
    if (field != null) {
      members.put("field", field);
    }
    return answer(members.get("code"), "The data breaks a rule of the database.", members);
  }

  private static @Nullable String lookUp(Map<String, String> map, @Nullable String name) {
    return name == null ? null : map.get(name.toLowerCase(Locale.ROOT));
  }
}
