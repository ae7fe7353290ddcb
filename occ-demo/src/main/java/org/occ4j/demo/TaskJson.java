/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.Versioned;
import org.occ4j.merge.FieldChange;

/** Tasks as JSON: on the wire, and as the bytes in the database. */
final class TaskJson {

  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(20).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private static final TypeReference<LinkedHashMap<String, @Nullable Object>> OBJECT =
      new TypeReference<>() {};

  private TaskJson() {}

  /** Stores tasks as JSON objects. Fields added later get their default when old rows are read. */
  static Codec<Task> codec() {
    return Codec.of("task-json/1", task -> write(fields(task)), TaskJson::readTask);
  }

  /**
   * The members of a JSON object.
   *
   * @throws BadRequest if the bytes are anything else; the reason says where
   */
  static Map<String, @Nullable Object> readObject(byte[] bytes) {
    try (JsonParser parser = MAPPER.createParser(bytes)) {
      Map<String, @Nullable Object> members = MAPPER.readValue(parser, OBJECT);
      if (members == null) {
        throw new BadRequest("the body must be a JSON object");
      }
      return members;
    } catch (JsonProcessingException malformed) {
      throw new BadRequest("the body is not a JSON object: " + malformed.getOriginalMessage());
    } catch (IOException impossible) {
      throw new IllegalStateException("reading from memory", impossible);
    }
  }

  static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write as JSON: " + value.getClass(), e);
    }
  }

  static String text(Object value) {
    return new String(write(value), StandardCharsets.UTF_8);
  }

  /** A task as clients see it. */
  static Map<String, @Nullable Object> view(String id, Versioned<Task> state) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("id", id);
    view.putAll(fields(state.value()));
    view.put("version", state.version());
    view.put("updatedAt", String.valueOf(state.updatedAt()));
    view.put("updatedBy", state.updatedBy());
    return view;
  }

  /** A field of a conflict as clients see it. */
  static FieldChange view(FieldChange change) {
    return new FieldChange(
        change.path(), wire(change.base()), wire(change.theirs()), wire(change.mine()));
  }

  private static @Nullable Object wire(@Nullable Object value) {
    return value instanceof TaskStatus status ? status.wireName() : value;
  }

  private static Map<String, Object> fields(Task task) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("title", task.title());
    fields.put("description", task.description());
    fields.put("status", task.status().wireName());
    fields.put("assignee", task.assignee());
    return fields;
  }

  private static Task readTask(byte[] bytes) {
    return TaskPatch.of(null, readObject(bytes)).applyTo(Task.BLANK);
  }
}
