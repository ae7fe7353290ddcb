/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit.house;

import static javax.lang.model.element.Modifier.PROTECTED;
import static javax.lang.model.element.Modifier.PUBLIC;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.PackageTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * Finds public and protected types, members and packages without a comment.
 *
 * <p>The compiler's own documentation check asks for a tag per parameter as well, and gets
 * sentences that repeat names. It is on for everything else; this one asks only that something be
 * said.
 */
final class Documentation extends TreePathScanner<@Nullable Void, @Nullable Void> {
  private final DocTrees docs;
  private final List<String> missing;

  private Documentation(DocTrees docs, List<String> missing) {
    this.docs = docs;
    this.missing = missing;
  }

  /** What lacks a comment in the sources under this directory. */
  static List<String> missingIn(Path sources) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var missing = new ArrayList<String>();
    try (var manager = compiler.getStandardFileManager(null, null, null);
        Stream<Path> files = Files.walk(sources)) {
      List<Path> java = files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
      var task =
          (JavacTask)
              compiler.getTask(
                  null, manager, null, null, null, manager.getJavaFileObjectsFromPaths(java));
      var scanner = new Documentation(DocTrees.instance(task), missing);
      for (CompilationUnitTree unit : task.parse()) {
        scanner.scan(unit, null);
      }
    }
    return missing;
  }

  @Override
  public @Nullable Void visitPackage(PackageTree tree, @Nullable Void unused) {
    String file = getCurrentPath().getCompilationUnit().getSourceFile().getName();
    if (file.endsWith("package-info.java")) {
      require(tree.getPackageName().toString());
    }
    return null;
  }

  @Override
  public @Nullable Void visitClass(ClassTree tree, @Nullable Void unused) {
    if (!isVisible(tree.getModifiers())) {
      return null;
    }
    require(tree.getSimpleName().toString());
    return super.visitClass(tree, null);
  }

  @Override
  public @Nullable Void visitMethod(MethodTree tree, @Nullable Void unused) {
    // A record's own constructor says nothing that the record's comment does not.
    boolean ofRecord = tree.getReturnType() == null && enclosing().getKind() == Tree.Kind.RECORD;
    if (isVisible(tree.getModifiers()) && !ofRecord && !overrides(tree)) {
      require(enclosing().getSimpleName() + "." + tree.getName());
    }
    return null;
  }

  @Override
  public @Nullable Void visitVariable(VariableTree tree, @Nullable Void unused) {
    if (isVisible(tree.getModifiers())) {
      require(enclosing().getSimpleName() + "." + tree.getName());
    }
    return null;
  }

  private void require(String name) {
    @Nullable String comment = docs.getDocComment(getCurrentPath());
    if (comment == null || comment.isBlank()) {
      missing.add(getCurrentPath().getCompilationUnit().getSourceFile().getName() + ": " + name);
    }
  }

  private boolean isVisible(ModifiersTree modifiers) {
    TreePath parent = getCurrentPath().getParentPath();
    boolean inInterface =
        parent.getLeaf().getKind() == Tree.Kind.INTERFACE
            && !modifiers.getFlags().contains(javax.lang.model.element.Modifier.PRIVATE);
    return inInterface
        || modifiers.getFlags().contains(PUBLIC)
        || modifiers.getFlags().contains(PROTECTED);
  }

  private ClassTree enclosing() {
    return (ClassTree) getCurrentPath().getParentPath().getLeaf();
  }

  private static boolean overrides(MethodTree tree) {
    return tree.getModifiers().getAnnotations().stream()
        .anyMatch(a -> a.getAnnotationType().toString().equals("Override"));
  }
}
