/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;

/**
 * The directory of tags: at most one node for each. It holds nodes weakly and drops the names of
 * collected ones whenever a tag is registered, so its size follows the entries that live.
 */
final class TagNodes {
  private final ConcurrentMap<Tag, NodeReference> directory = new ConcurrentHashMap<>();
  private final ReferenceQueue<TagNode> collected = new ReferenceQueue<>();

  /** The node of {@code tag}, alive when it is made here; a dead one stays until it is removed. */
  TagNode intern(Tag tag) {
    dropCollected();
    while (true) {
      NodeReference known = directory.get(tag);
      TagNode node = known == null ? null : known.get();
      if (node != null) {
        return node;
      }
      TagNode fresh = new TagNode(tag);
      NodeReference reference = new NodeReference(fresh, collected);
      fresh.reference(reference); // before anybody finds it
      if (install(tag, known, reference)) {
        return fresh;
      }
    }
  }

  private boolean install(Tag tag, @Nullable NodeReference known, NodeReference fresh) {
    return known == null
        ? directory.putIfAbsent(tag, fresh) == null
        : directory.replace(tag, known, fresh);
  }

  /** The node that entries under {@code tag} hold, or null if there can be none. */
  @Nullable TagNode find(Tag tag) {
    NodeReference known = directory.get(tag);
    return known == null ? null : known.get();
  }

  /** Forgets this node, unless the tag has got another one meanwhile. */
  void remove(TagNode node) {
    Reference<TagNode> known = node.reference();
    if (known != null) {
      directory.remove(node.tag(), known);
    }
  }

  /** How many tags it knows, collected ones that it has not noticed yet included. */
  int size() {
    dropCollected();
    return directory.size();
  }

  private void dropCollected() {
    for (Reference<? extends TagNode> gone = collected.poll();
        gone != null;
        gone = collected.poll()) {
      NodeReference reference = (NodeReference) gone;
      directory.remove(reference.tag, reference);
    }
  }

  private static final class NodeReference extends WeakReference<TagNode> {
    private final Tag tag;

    NodeReference(TagNode node, ReferenceQueue<TagNode> queue) {
      super(node, queue);
      this.tag = node.tag();
    }
  }
}
