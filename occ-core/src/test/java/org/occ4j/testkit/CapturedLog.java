/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.stream.Stream;

/**
 * What is logged until it is closed, read where slf4j-simple writes it: from INFO on, of all
 * threads. Tests that capture must not run beside each other ({@code
 * ResourceLock(Resources.SYSTEM_ERR)}).
 */
public final class CapturedLog implements AutoCloseable {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final PrintStream before = System.err;

  /** Captures from now on. */
  public CapturedLog() {
    System.setErr(new PrintStream(written, true, UTF_8));
  }

  /** The lines so far. */
  public Stream<String> lines() {
    return written.toString(UTF_8).lines();
  }

  /** Forgets the lines so far. */
  public void clear() {
    written.reset();
  }

  @Override
  public void close() {
    System.setErr(before);
  }
}
