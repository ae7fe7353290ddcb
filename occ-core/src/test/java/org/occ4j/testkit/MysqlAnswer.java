/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

/**
 * Follows the answer to one command of the MySQL protocol to its last packet. Needed because the
 * commit of an autocommitted statement may come after its first rows: only the last packet says
 * that the statement was executed.
 */
final class MysqlAnswer {
  private static final int COM_STMT_PREPARE = 0x16;
  private static final int COM_CHANGE_USER = 0x11;
  private static final int COM_STATISTICS = 0x09;
  private static final int COM_STMT_FETCH = 0x1c;

  private static final int MORE_RESULTS = 0x0008;
  private static final int CURSOR_EXISTS = 0x0040;

  private enum Part {
    FIRST,
    COLUMNS,
    ROWS,
    DEFINITIONS
  }

  private final int command;
  private final boolean singleEof;
  private Part part;
  private int definitions;

  /**
   * {@code singleEof}: CLIENT_DEPRECATE_EOF was negotiated, no EOF comes between columns and rows.
   */
  MysqlAnswer(int command, boolean singleEof) {
    this.command = command;
    this.singleEof = singleEof;
    this.part = command == COM_STMT_FETCH ? Part.ROWS : Part.FIRST;
  }

  /**
   * Takes the next packet (header included) of the server; true if it is the last of the answer.
   */
  boolean isCompletedBy(byte[] packet) {
    int first = packet.length > 4 ? packet[4] & 0xff : 0;
    if (first == 0xff && part != Part.DEFINITIONS) {
      return true;
    }
    return switch (part) {
      case FIRST -> firstPacket(first, packet);
      case COLUMNS -> columnPacket(first, packet);
      case ROWS -> first == 0xfe && endOfResult(packet);
      case DEFINITIONS -> --definitions == 0;
    };
  }

  private boolean firstPacket(int first, byte[] packet) {
    if (command == COM_STATISTICS) {
      return true;
    }
    if (command == COM_CHANGE_USER) {
      return first == 0;
    }
    if (command == COM_STMT_PREPARE) {
      return prepared(packet);
    }
    if (first == 0xfb) {
      return false; // The server asks for a local file; its OK follows the file.
    }
    if (first == 0 || first == 0xfe) {
      return endOfResult(packet);
    }
    part = singleEof ? Part.ROWS : Part.COLUMNS;
    return false;
  }

  private boolean prepared(byte[] packet) {
    int columns = int16At(packet, 9);
    int parameters = int16At(packet, 11);
    definitions = columns + parameters;
    if (!singleEof) {
      definitions += (columns > 0 ? 1 : 0) + (parameters > 0 ? 1 : 0);
    }
    part = Part.DEFINITIONS;
    return definitions == 0;
  }

  /** Column definitions start with the catalog's name, "def"; so an 0xfe here is their end. */
  private boolean columnPacket(int first, byte[] packet) {
    if (first != 0xfe) {
      return false;
    }
    part = Part.ROWS;
    return (status(packet) & CURSOR_EXISTS) != 0;
  }

  private boolean endOfResult(byte[] packet) {
    part = Part.FIRST;
    return (status(packet) & MORE_RESULTS) == 0;
  }

  /**
   * The status flags of an OK packet (header 0x00, or 0xfe in its newer dress) or an EOF packet.
   */
  private static int status(byte[] packet) {
    boolean eof = (packet[4] & 0xff) == 0xfe && packet.length - 4 == 5;
    if (eof) {
      return int16At(packet, 7);
    }
    int index = 5;
    index += lengthOfInteger(packet[index]);
    index += lengthOfInteger(packet[index]);
    return int16At(packet, index);
  }

  private static int lengthOfInteger(byte first) {
    return switch (first & 0xff) {
      case 0xfc -> 3;
      case 0xfd -> 4;
      case 0xfe -> 9;
      default -> 1;
    };
  }

  private static int int16At(byte[] packet, int index) {
    return (packet[index] & 0xff) | ((packet[index + 1] & 0xff) << 8);
  }
}
