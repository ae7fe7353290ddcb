/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of MySQL and MariaDB. A command is a packet with sequence number 0 and its
 * continuations; where its answer ends depends on the command and on what was negotiated, so that
 * every answer is followed packet by packet by a {@link MysqlAnswer}.
 */
final class MysqlSession implements WireSession {
  private static final int CLIENT_COMPRESS = 1 << 5;
  private static final int CLIENT_SSL = 1 << 11;
  private static final int CLIENT_DEPRECATE_EOF = 1 << 24;
  private static final int LARGEST_PAYLOAD = 0xffffff;

  private static final int COM_QUIT = 0x01;
  private static final int COM_QUERY = 0x03;
  private static final int COM_STMT_PREPARE = 0x16;
  private static final int COM_STMT_SEND_LONG_DATA = 0x18;
  private static final int COM_STMT_CLOSE = 0x19;

  private final FrameBuffer client = new FrameBuffer();
  private final FrameBuffer server = new FrameBuffer();

  // Only the client's thread touches these.
  private final ByteArrayOutputStream command = new ByteArrayOutputStream();
  private boolean handshakeSent;
  private boolean inCommand;

  // Only the server's thread touches these.
  private boolean loggedIn;
  private boolean continued;

  // Both threads: the client's adds a command before its last byte is passed on.
  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<MysqlAnswer> expected = new ArrayDeque<>();
  private boolean singleEof;

  @Override
  public List<Piece> fromClient(byte[] chunk, int length) {
    client.append(chunk, length);
    List<Piece> pieces = new ArrayList<>();
    while (client.available() >= 4 && client.available() >= 4 + client.littleEndianInt24At(0)) {
      Piece piece = clientPacket(client.take(4 + client.littleEndianInt24At(0)));
      if (piece != null) {
        pieces.add(piece);
      }
    }
    return pieces;
  }

  private @Nullable Piece clientPacket(byte[] packet) {
    if (!handshakeSent) {
      readCapabilities(packet);
      handshakeSent = true;
      return new Piece(packet, Mark.NONE, "");
    }
    if (packet[3] != 0 && !inCommand) {
      // Part of the log-in, or the contents of a file that the server asked for.
      return new Piece(packet, Mark.NONE, "");
    }
    command.writeBytes(packet);
    inCommand = packet.length - 4 == LARGEST_PAYLOAD;
    return inCommand ? null : endOfCommand();
  }

  private void readCapabilities(byte[] packet) {
    int flags = (packet[4] & 0xff) | ((packet[5] & 0xff) << 8) | ((packet[7] & 0xff) << 24);
    if ((flags & (CLIENT_SSL | CLIENT_COMPRESS)) != 0) {
      throw new IllegalStateException(
          "The driver asks for TLS or compression, which hides the statements: connect with"
              + " sslMode=disable (MariaDB) or sslMode=DISABLED (MySQL)");
    }
    lock.lock();
    try {
      singleEof = (flags & CLIENT_DEPRECATE_EOF) != 0;
    } finally {
      lock.unlock();
    }
  }

  private Piece endOfCommand() {
    byte[] packets = command.toByteArray();
    command.reset();
    int code = packets.length > 4 ? packets[4] & 0xff : COM_QUIT;
    if (code == COM_QUIT || code == COM_STMT_CLOSE || code == COM_STMT_SEND_LONG_DATA) {
      return new Piece(packets, Mark.NONE, "");
    }
    lock.lock();
    try {
      expected.add(new MysqlAnswer(code, singleEof));
    } finally {
      lock.unlock();
    }
    return new Piece(packets, Mark.STATEMENT, describe(code, packets));
  }

  private static String describe(int code, byte[] packets) {
    if (code == COM_QUERY || code == COM_STMT_PREPARE) {
      String sql = new String(packets, 5, packets.length - 5, StandardCharsets.UTF_8);
      return code == COM_QUERY ? sql : "PREPARE " + sql;
    }
    return "command 0x" + Integer.toHexString(code);
  }

  @Override
  public boolean isMidStatement() {
    return client.available() > 0 || inCommand;
  }

  @Override
  public List<Piece> fromServer(byte[] chunk, int length) {
    server.append(chunk, length);
    List<Piece> pieces = new ArrayList<>();
    ByteArrayOutputStream open = new ByteArrayOutputStream();
    while (server.available() >= 4 && server.available() >= 4 + server.littleEndianInt24At(0)) {
      byte[] packet = server.take(4 + server.littleEndianInt24At(0));
      open.writeBytes(packet);
      if (endsAnswer(packet)) {
        pieces.add(new Piece(open.toByteArray(), Mark.ANSWER, ""));
        open.reset();
      }
    }
    if (open.size() > 0) {
      pieces.add(new Piece(open.toByteArray(), Mark.NONE, ""));
    }
    return pieces;
  }

  private boolean endsAnswer(byte[] packet) {
    boolean continuation = continued;
    continued = packet.length - 4 == LARGEST_PAYLOAD;
    if (continuation) {
      return false;
    }
    if (!loggedIn) {
      loggedIn = packet[3] > 1 && packet.length > 4 && packet[4] == 0;
      return false;
    }
    lock.lock();
    try {
      MysqlAnswer answer = expected.peek();
      boolean complete = answer != null && answer.isCompletedBy(packet);
      if (complete) {
        expected.remove();
      }
      return complete;
    } finally {
      lock.unlock();
    }
  }
}
