/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.List;

/**
 * The state of one connection's protocol: cuts the two byte streams into pieces at the places where
 * a statement, or the answer to one, is complete.
 *
 * <p>{@link #fromClient} is called by one thread and {@link #fromServer} by another; an
 * implementation guards what both touch. No byte is added, lost or reordered within a direction.
 */
interface WireSession {

  /** What the end of a piece means. */
  enum Mark {
    /** Nothing: start-up, or messages that the server does not answer. */
    NONE,
    /** The last byte of a statement: the server answers once it has this piece. */
    STATEMENT,
    /** The last byte of the answer to the oldest statement that was not answered yet. */
    ANSWER
  }

  /** Bytes to pass on as a whole, the meaning of their end, and the SQL of a statement if known. */
  @SuppressWarnings("ArrayRecordComponent") // Pieces are passed on once and never compared.
  record Piece(byte[] bytes, Mark mark, String sql) {}

  /** The pieces that became complete with these bytes of the client. */
  List<Piece> fromClient(byte[] chunk, int length);

  /** Whether the bytes of the client so far end within a statement. */
  boolean isMidStatement();

  /** The pieces that became complete with these bytes of the server. */
  List<Piece> fromServer(byte[] chunk, int length);
}
