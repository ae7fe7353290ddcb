/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The races of the mutation pipeline: of the queue in which callers gather, of the rows it carries
 * from one mutation to the next, and of the whole in memory, each with a broken twin that the same
 * test catches.
 *
 * <p>A race is a class that names its outcomes; its nested classes run it, against the library and,
 * in those named {@code BrokenTwin}, against a small thing with one flaw. The twins are meant to
 * fail, so runs that must pass leave them out:
 *
 * <pre>
 * java -jar occ-jcstress/target/jcstress.jar -m sanity -t 'jcstress\\.pipeline\\.(?!.*BrokenTwin)'   quick
 * java -jar occ-jcstress/target/jcstress.jar -t 'jcstress\\.pipeline\\.(?!.*BrokenTwin)'             thorough
 * java -jar occ-jcstress/target/jcstress.jar -m quick -t 'jcstress\\.pipeline\\..*BrokenTwin'        must all fail
 * </pre>
 */
@NullMarked
package org.occ4j.jcstress.pipeline;

import org.jspecify.annotations.NullMarked;
