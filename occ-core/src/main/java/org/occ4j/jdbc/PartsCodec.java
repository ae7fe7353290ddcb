/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.internal.store.ForeignChange;

/**
 * Keys of one or several parts: their bytes follow each other. The text of several parts has colons
 * between them; a colon or a percent sign in a part is written as in a URL.
 */
final class PartsCodec<K> implements KeyCodec<K> {
  private static final String SEPARATOR = ":";

  private final List<KeyPart<Object>> parts;
  private final Function<K, List<Object>> split;
  private final Function<Object[], K> join;

  PartsCodec(
      List<KeyPart<Object>> parts, Function<K, List<Object>> split, Function<Object[], K> join) {
    this.parts = List.copyOf(parts);
    this.split = split;
    this.join = join;
  }

  /** What the text of each part is made of. */
  List<ForeignChange.KeyText> texts() {
    return parts.stream().map(KeyPart::text).toList();
  }

  @Override
  public byte[] encode(K key) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<Object> values = split.apply(key);
    for (int i = 0; i < values.size(); i++) {
      bytes.writeBytes(parts.get(i).encode().apply(values.get(i)));
    }
    return bytes.toByteArray();
  }

  @Override
  public byte[] prefix(List<Object> leading) {
    if (leading.size() > parts.size()) {
      throw new IllegalArgumentException(
          "a key of " + parts.size() + " parts cannot begin with " + leading);
    }
    if (parts.size() == 1) {
      return parts.get(0).beginning(leading.get(0));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < leading.size(); i++) {
      bytes.writeBytes(parts.get(i).whole(leading.get(i)));
    }
    return bytes.toByteArray();
  }

  @Override
  public K decode(byte[] bytes) {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    return join.apply(parts.stream().map(part -> part.decode().apply(rest)).toArray());
  }

  @Override
  public String text(K key) {
    List<String> texts = split.apply(key).stream().map(Object::toString).toList();
    return texts.size() == 1
        ? texts.get(0)
        : String.join(SEPARATOR, texts.stream().map(PartsCodec::escaped).toList());
  }

  private static String escaped(String part) {
    return part.replace("%", "%25").replace(SEPARATOR, "%3A");
  }

  @Override
  public K parse(String text) {
    List<String> texts =
        parts.size() == 1
            ? List.of(text)
            : List.of(text.split(SEPARATOR, -1)).stream()
                .map(part -> part.replace("%3A", SEPARATOR).replace("%25", "%"))
                .toList();
    if (texts.size() != parts.size()) {
      throw new IllegalArgumentException(
          "a key of " + parts.size() + " parts is not of " + texts.size() + ": " + text);
    }
    Object[] all = new Object[texts.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = parts.get(i).parse().apply(texts.get(i));
    }
    return join.apply(all);
  }
}
