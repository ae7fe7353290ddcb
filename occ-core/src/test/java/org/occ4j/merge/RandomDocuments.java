/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Random documents of few names and few values, so that independent changes meet often. The same
 * seed gives the same documents.
 */
final class RandomDocuments {
  private final Random random;

  RandomDocuments(long seed) {
    random = new Random(seed);
  }

  /** A document in which each name is missing now and then. */
  Map<String, Object> next() {
    Map<String, Object> document = new HashMap<>();
    for (String name : List.of("a", "b", "list", "set", "keyed", "lat", "lon")) {
      if (random.nextInt(4) > 0) {
        document.put(name, value(name));
      }
    }
    return document;
  }

  private Object value(String name) {
    return switch (name) {
      case "list" -> integers(2);
      case "set" -> Set.copyOf(integers(3));
      case "keyed" -> keyed();
      case "lat", "lon" -> random.nextInt(2);
      default -> scalarOrNested();
    };
  }

  private List<Integer> integers(int maxSize) {
    return random.ints(random.nextInt(maxSize + 1), 0, 3).boxed().toList();
  }

  private Object scalarOrNested() {
    Object[] scalars = {1, 2, "x", true, null};
    return random.nextBoolean() ? scalars[random.nextInt(scalars.length)] : nested();
  }

  private Map<String, Object> nested() {
    Map<String, Object> nested = new HashMap<>();
    for (String name : List.of("x", "y")) {
      if (random.nextInt(3) > 0) {
        nested.put(name, random.nextInt(2));
      }
    }
    return nested;
  }

  private List<Object> keyed() {
    List<Object> elements = new ArrayList<>();
    for (int id : new HashSet<>(List.of(random.nextInt(3), 3 + random.nextInt(2)))) {
      Map<String, Object> element = nested();
      element.put("id", id);
      elements.add(random.nextInt(elements.size() + 1), element);
    }
    return elements;
  }
}
