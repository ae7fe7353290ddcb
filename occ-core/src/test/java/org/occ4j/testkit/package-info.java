/**
 * What tests of an implementation need, on our engines or on yours.
 *
 * <p>The contract suites are abstract classes, one for each interface; a small subclass runs one on
 * an implementation. Beside them stand the tools: {@link org.occ4j.testkit.Engine} starts real
 * database servers, which can be killed and paused; {@link org.occ4j.testkit.WireProxy} counts what
 * goes over the wire and loses it on demand; {@link org.occ4j.testkit.ChildJvm} is a process of its
 * own, stopped or killed at a named point; {@link org.occ4j.testkit.FakeTicker} is time in a test's
 * hand; and {@link org.occ4j.testkit.Concurrently} makes several threads begin at the same moment.
 *
 * <p>The tools need Linux or macOS with {@code sh}; the servers are those of Linux on x86-64. A
 * suite that starts a server carries its engine's JUnit tag, so that a build can leave it out.
 */
@NullMarked
package org.occ4j.testkit;

import org.jspecify.annotations.NullMarked;
