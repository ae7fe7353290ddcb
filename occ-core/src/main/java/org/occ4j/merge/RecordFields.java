/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records of one class, read through their accessors and built by their canonical constructor. */
final class RecordFields implements Fields {

  private static final ClassValue<RecordFields> OF_CLASS =
      new ClassValue<>() {
        @Override
        protected RecordFields computeValue(Class<?> type) {
          return new RecordFields(type);
        }
      };

  private final Class<?> type;
  private final Constructor<?> constructor;
  private final Map<String, Method> accessors = new LinkedHashMap<>();

  private RecordFields(Class<?> type) {
    this.type = type;
    RecordComponent[] components = type.getRecordComponents();
    if (components == null) {
      throw new IllegalArgumentException(type.getName() + " is not a record");
    }
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      for (RecordComponent component : components) {
        Method accessor = component.getAccessor();
        accessor.setAccessible(true);
        accessors.put(component.getName(), accessor);
      }
    } catch (InaccessibleObjectException closed) {
      throw new IllegalArgumentException(closed(type), closed);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every record has its canonical constructor", e);
    }
  }

  private static String closed(Class<?> type) {
    return "record "
        + type.getName()
        + " cannot be read: its module has to say \"opens "
        + type.getPackageName()
        + " to "
        + RecordFields.class.getModule().getName()
        + ";\"";
  }

  /**
   * The fields of this class of records.
   *
   * @throws IllegalArgumentException if it is not a record, or its module does not let us read it
   */
  static RecordFields of(Class<?> type) {
    return OF_CLASS.get(type);
  }

  @Override
  public Collection<String> names(List<?> values) {
    return accessors.keySet();
  }

  @Override
  public @Nullable Object get(@Nullable Object value, String name) {
    if (!type.isInstance(value)) {
      return Absent.ABSENT;
    }
    try {
      return accessor(name).invoke(value);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(closed(type), e);
    } catch (InvocationTargetException e) {
      throw unchecked(e);
    }
  }

  private Method accessor(String name) {
    Method accessor = accessors.get(name);
    if (accessor == null) {
      throw new IllegalArgumentException(
          type.getName() + " has no field '" + name + "'; it has " + accessors.keySet());
    }
    return accessor;
  }

  @Override
  public boolean admits(String name, Class<?> rebuilt) {
    return declared(name).isAssignableFrom(rebuilt);
  }

  /**
   * The declared type of this field.
   *
   * @throws IllegalArgumentException if there is no such field
   */
  Class<?> declared(String name) {
    return accessor(name).getReturnType();
  }

  @Override
  public Object build(Map<String, @Nullable Object> values) throws RefusedValueException {
    @Nullable Object[] arguments = accessors.keySet().stream().map(values::get).toArray();
    try {
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw new RefusedValueException(unchecked(e));
    } catch (InstantiationException | IllegalAccessException e) {
      throw new IllegalStateException(closed(type), e);
    }
  }

  private static RuntimeException unchecked(InvocationTargetException thrown) {
    if (thrown.getCause() instanceof Error error) {
      throw error;
    }
    // Accessors and canonical constructors cannot declare checked exceptions (JLS 8.10.3, 8.10.4).
    return thrown.getCause() instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(thrown.getCause());
  }

  @Override
  public Class<?> type() {
    return type;
  }
}
