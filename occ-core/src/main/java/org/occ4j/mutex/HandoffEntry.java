/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

/**
 * A held key that is not let go by its release, but handed over to the first in its queue; so
 * nobody else can get between. It takes the grant's place in the slot when a waiter must not be
 * overtaken (any more).
 */
final class HandoffEntry extends SlotEntry {
  private final Grant<?> grant;

  HandoffEntry(Grant<?> grant) {
    this.grant = grant;
  }

  @Override
  Grant<?> grant() {
    return grant;
  }
}
