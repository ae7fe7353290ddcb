/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import org.occ4j.testkit.Engine;

class H2StoreTagsTest extends StoreTagsContract {
  H2StoreTagsTest() {
    super(Engine.H2);
  }
}
