/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A class of records: its components, and the way to take a record apart and to make one. */
final class RecordType<R> {
  private final Class<R> type;
  private final Map<String, MethodHandle> accessors = new LinkedHashMap<>();
  private final List<RecordComponent> components;
  private final MethodHandle constructor;

  /**
   * A class of records.
   *
   * @param lookup whose rights to use, or null for this library's
   * @throws IllegalArgumentException if it is none, or cannot be read by these rights
   */
  RecordType(MethodHandles.@Nullable Lookup lookup, Class<R> type) {
    if (!type.isRecord()) {
      throw new IllegalArgumentException(type.getName() + " is not a record");
    }
    this.type = type;
    this.components = List.of(type.getRecordComponents());
    try {
      Class<?>[] types = components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<R> canonical = type.getDeclaredConstructor(types);
      MethodHandles.Lookup rights = lookup == null ? MethodHandles.lookup() : lookup;
      if (lookup == null) {
        canonical.setAccessible(true);
      }
      this.constructor =
          rights
              .unreflectConstructor(canonical)
              .asSpreader(Object[].class, types.length)
              .asType(MethodType.methodType(Object.class, Object[].class));
      for (RecordComponent component : components) {
        accessors.put(component.getName(), accessor(rights, component, lookup == null));
      }
    } catch (InaccessibleObjectException | IllegalAccessException closed) {
      throw new IllegalArgumentException(closed(type), closed);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every record has its canonical constructor", e);
    }
  }

  private static MethodHandle accessor(
      MethodHandles.Lookup rights, RecordComponent component, boolean opened)
      throws IllegalAccessException {
    Method accessor = component.getAccessor();
    if (opened) {
      accessor.setAccessible(true);
    }
    return rights.unreflect(accessor).asType(MethodType.methodType(Object.class, Object.class));
  }

  private static String closed(Class<?> type) {
    return "record "
        + type.getName()
        + " cannot be read: its module has to say \"opens "
        + type.getPackageName()
        + " to "
        + RecordType.class.getModule().getName()
        + ";\", or give TableMapping.record a MethodHandles.lookup() of a class that can read it";
  }

  String name() {
    return type.getSimpleName();
  }

  List<RecordComponent> components() {
    return components;
  }

  /** The component of this name, or null if there is none. */
  @Nullable RecordComponent component(String name) {
    return components.stream().filter(one -> one.getName().equals(name)).findFirst().orElse(null);
  }

  /** What the component holds; throws what its accessor throws. */
  @Nullable Object get(String component, Object instance) {
    MethodHandle accessor = accessors.get(component);
    if (accessor == null) {
      throw new IllegalArgumentException(name() + " has no component " + component);
    }
    try {
      return accessor.invokeExact(instance);
    } catch (Throwable thrown) {
      throw unchecked(thrown);
    }
  }

  /** A record of these contents, in the order of the components; throws what the record throws. */
  R make(@Nullable Object[] contents) {
    try {
      return type.cast((Object) constructor.invokeExact(contents));
    } catch (Throwable thrown) {
      throw unchecked(thrown);
    }
  }

  /** Accessors and canonical constructors declare no checked exceptions (JLS 8.10.3, 8.10.4). */
  private static RuntimeException unchecked(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(thrown);
  }

  @Override
  public String toString() {
    return name() + Arrays.toString(accessors.keySet().toArray());
  }
}
