/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * PostgreSQL protocol 3. Messages of the extended protocol are kept back until the {@code Sync} (or
 * {@code Flush}) that follows them, so that a dropped statement leaves no trace on the server;
 * pgjdbc sends them in one go anyway. The end of an answer is {@code ReadyForQuery}, not {@code
 * CommandComplete}: outside a transaction block the commit happens between the two.
 */
final class PostgresqlSession implements WireSession {
  private static final int TLS_REQUEST = 80877103;
  private static final int GSS_REQUEST = 80877104;

  private final FrameBuffer client = new FrameBuffer();
  private final FrameBuffer server = new FrameBuffer();

  // Only the client's thread touches these.
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final List<String> executed = new ArrayList<>();
  private final Map<String, String> prepared = new HashMap<>();
  private final Map<String, String> portals = new HashMap<>();
  private boolean startupSent;

  // Only the server's thread touches this.
  private boolean loggedIn;

  @Override
  public List<Piece> fromClient(byte[] chunk, int length) {
    client.append(chunk, length);
    List<Piece> pieces = new ArrayList<>();
    while (!startupSent && client.available() >= 8 && client.available() >= client.int32At(0)) {
      pieces.add(startup());
    }
    while (startupSent && client.available() >= 5) {
      int total = 1 + client.int32At(1);
      if (client.available() < total) {
        break;
      }
      keep(client.take(total), pieces);
    }
    return pieces;
  }

  private Piece startup() {
    int code = client.int32At(4);
    if (code == TLS_REQUEST || code == GSS_REQUEST) {
      throw new IllegalStateException(
          "The driver asks for encryption, which hides the statements: connect with"
              + " sslmode=disable&gssEncMode=disable");
    }
    startupSent = true;
    return new Piece(client.take(client.int32At(0)), Mark.NONE, "");
  }

  private void keep(byte[] message, List<Piece> pieces) {
    kept.writeBytes(message);
    switch (message[0]) {
      case 'P' -> parse(message);
      case 'B' -> bind(message);
      case 'E' -> executed.add(portals.getOrDefault(FrameBuffer.textAt(message, 5), "?"));
      case 'Q' -> {
        executed.add(FrameBuffer.textAt(message, 5));
        pieces.add(release(Mark.STATEMENT));
      }
      case 'S', 'F', 'c', 'f' -> pieces.add(release(Mark.STATEMENT));
      case 'C', 'D' -> {}
      default -> pieces.add(release(Mark.NONE));
    }
  }

  private void parse(byte[] message) {
    int endOfName = FrameBuffer.endOfText(message, 5);
    prepared.put(FrameBuffer.textAt(message, 5), FrameBuffer.textAt(message, endOfName + 1));
  }

  private void bind(byte[] message) {
    String statement = FrameBuffer.textAt(message, FrameBuffer.endOfText(message, 5) + 1);
    portals.put(FrameBuffer.textAt(message, 5), prepared.getOrDefault(statement, "?"));
  }

  private Piece release(Mark mark) {
    Piece piece = new Piece(kept.toByteArray(), mark, String.join("; ", executed));
    kept.reset();
    if (mark == Mark.STATEMENT) {
      executed.clear();
    }
    return piece;
  }

  @Override
  public boolean isMidStatement() {
    return client.available() > 0 || kept.size() > 0;
  }

  @Override
  public List<Piece> fromServer(byte[] chunk, int length) {
    server.append(chunk, length);
    List<Piece> pieces = new ArrayList<>();
    ByteArrayOutputStream open = new ByteArrayOutputStream();
    while (server.available() >= 5 && server.available() >= 1 + server.int32At(1)) {
      byte[] message = server.take(1 + server.int32At(1));
      open.writeBytes(message);
      if (endsAnswer(message[0])) {
        pieces.add(new Piece(open.toByteArray(), Mark.ANSWER, ""));
        open.reset();
      }
    }
    if (open.size() > 0) {
      pieces.add(new Piece(open.toByteArray(), Mark.NONE, ""));
    }
    return pieces;
  }

  /** ReadyForQuery, or the answer that asks for COPY data; the first one only ends the log-in. */
  private boolean endsAnswer(byte type) {
    if (type == 'Z' && !loggedIn) {
      loggedIn = true;
      return false;
    }
    return type == 'Z' || type == 'G' || type == 'W';
  }
}
