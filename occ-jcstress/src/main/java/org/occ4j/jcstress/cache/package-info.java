/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The races of the tagged cache, each with a broken twin that the same test catches. The rules
 * COHERENCE-1 to COHERENCE-6 that they are about are those of docs/design/tagged-cache.md.
 *
 * <p>A race is a class that names its outcomes; its nested classes run it, against the library and,
 * in those named {@code BrokenTwin..}, against a {@link org.occ4j.jcstress.cache.FlawedCache} with
 * one flaw. The twins are meant to fail, so runs that must pass leave them out:
 *
 * <pre>
 * java -jar occ-jcstress/target/jcstress.jar -m sanity -t 'jcstress\\.cache\\.(?!.*BrokenTwin)'   quick
 * java -jar occ-jcstress/target/jcstress.jar -t 'jcstress\\.cache\\.(?!.*BrokenTwin)'             thorough
 * java -jar occ-jcstress/target/jcstress.jar -m quick -t 'jcstress\\.cache\\..*BrokenTwin'        must all fail
 * </pre>
 */
@NullMarked
package org.occ4j.jcstress.cache;

import org.jspecify.annotations.NullMarked;
