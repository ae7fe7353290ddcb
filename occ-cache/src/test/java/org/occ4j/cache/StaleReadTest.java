/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.function.Consumer;
import org.occ4j.cache.testkit.StaleReadContract;

class StaleReadTest extends StaleReadContract {
  @Override
  protected TaggedCache<String, String> build(
      Consumer<TaggedCacheBuilder<String, String, ?>> settings) {
    InMemoryCacheBuilder<String, String> builder = TaggedCache.builder("orders");
    builder.ticker(ticker);
    settings.accept(builder);
    return builder.build();
  }
}
