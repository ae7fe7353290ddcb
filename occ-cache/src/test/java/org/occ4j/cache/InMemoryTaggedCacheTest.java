/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import org.occ4j.cache.testkit.TaggedCacheContract;

/** The contract for a cache that follows nothing. */
class InMemoryTaggedCacheTest extends TaggedCacheContract {

  @Override
  protected TaggedCache<String, String> build(Configuration configuration) {
    InMemoryCacheBuilder<String, String> builder = TaggedCache.builder("orders");
    builder.ticker(ticker);
    configuration.apply(builder);
    return builder.build();
  }
}
