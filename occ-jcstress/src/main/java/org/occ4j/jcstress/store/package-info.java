/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The races of the store in memory, each with a broken twin that the same test catches.
 *
 * <p>A race is a class that names its outcomes; its nested classes run it, against the library and,
 * in those named {@code BrokenTwin..}, against a {@link org.occ4j.jcstress.store.FlawedStore} with
 * one flaw. The twins are meant to fail, so runs that must pass leave them out:
 *
 * <pre>
 * java -jar occ-jcstress/target/jcstress.jar -m sanity -t 'jcstress\\.store\\.(?!.*BrokenTwin)'   quick
 * java -jar occ-jcstress/target/jcstress.jar -t 'jcstress\\.store\\.(?!.*BrokenTwin)'             thorough
 * java -jar occ-jcstress/target/jcstress.jar -m quick -t 'jcstress\\.store\\..*BrokenTwin'        must all fail
 * </pre>
 *
 * <p>In sanity mode the twin of {@code Publication} passes: only a compiler that has had time to
 * reorder its plain fields breaks it.
 */
@NullMarked
package org.occ4j.jcstress.store;

import org.jspecify.annotations.NullMarked;
