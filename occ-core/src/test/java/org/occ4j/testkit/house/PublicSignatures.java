/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit.house;

import static com.tngtech.archunit.core.domain.JavaModifier.PROTECTED;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What a user can call names only what a user can name: public types of exported packages of this
 * library, and the JDK's.
 *
 * <p>The compiler's own check of this ("exports") is off, since it also asks that the module of the
 * nullness annotations be handed on to every user.
 */
final class PublicSignatures extends ArchCondition<JavaClass> {

  PublicSignatures() {
    super("name only public types of this library and the JDK in what users call");
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    if (!isVisible(type) || isInternal(type)) {
      return;
    }
    for (JavaMember member : type.getMembers()) {
      if (!member.getModifiers().contains(PUBLIC) && !member.getModifiers().contains(PROTECTED)) {
        continue;
      }
      for (JavaClass named : namedBy(member)) {
        if (!mayBeNamed(named)) {
          String message = member.getDescription() + " names " + named.getName();
          events.add(SimpleConditionEvent.violated(type, message));
        }
      }
    }
  }

  private static Set<JavaClass> namedBy(JavaMember member) {
    var named = new LinkedHashSet<JavaClass>();
    if (member instanceof JavaField field) {
      add(named, field.getType());
    } else if (member instanceof JavaCodeUnit code) {
      add(named, code.getReturnType());
      code.getParameterTypes().forEach(parameter -> add(named, parameter));
      named.addAll(code.getThrowsClause().getTypes());
    }
    return named;
  }

  private static void add(Set<JavaClass> named, JavaType type) {
    for (JavaClass raw : type.getAllInvolvedRawTypes()) {
      named.add(raw.isArray() ? raw.getBaseComponentType() : raw);
    }
  }

  private static boolean mayBeNamed(JavaClass named) {
    String name = named.getPackageName();
    if (name.equals("org.occ4j") || name.startsWith("org.occ4j.")) {
      // A type that was not imported is of another module of ours, where the compiler has seen to
      // it that it is public.
      return !isInternal(named) && (!named.isFullyImported() || isVisible(named));
    }
    return named.isPrimitive() || name.startsWith("java.") || name.startsWith("javax.");
  }

  /** Whether the type and each type around it is public, or protected inside a public one. */
  private static boolean isVisible(JavaClass type) {
    boolean visible =
        type.getModifiers().contains(PUBLIC) || type.getModifiers().contains(PROTECTED);
    return visible && type.getEnclosingClass().map(PublicSignatures::isVisible).orElse(true);
  }

  private static boolean isInternal(JavaClass type) {
    return ForeignInternals.isInternal(type.getPackageName());
  }
}
