/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of one direction that have arrived but do not make a whole frame yet. Not thread-safe. */
final class FrameBuffer {
  private byte[] bytes = new byte[8192];
  private int start;
  private int end;

  void append(byte[] chunk, int length) {
    if (bytes.length - end < length) {
      makeRoom(length);
    }
    System.arraycopy(chunk, 0, bytes, end, length);
    end += length;
  }

  private void makeRoom(int length) {
    int needed = available() + length;
    byte[] target = needed > bytes.length ? new byte[Math.max(needed, bytes.length * 2)] : bytes;
    System.arraycopy(bytes, start, target, 0, available());
    end = available();
    start = 0;
    bytes = target;
  }

  int available() {
    return end - start;
  }

  int byteAt(int index) {
    return bytes[start + index] & 0xff;
  }

  int int32At(int index) {
    return (byteAt(index) << 24)
        | (byteAt(index + 1) << 16)
        | (byteAt(index + 2) << 8)
        | byteAt(index + 3);
  }

  int littleEndianInt24At(int index) {
    return byteAt(index) | (byteAt(index + 1) << 8) | (byteAt(index + 2) << 16);
  }

  /**
   * Removes and returns the next {@code length} bytes; the caller has checked that they are here.
   */
  byte[] take(int length) {
    byte[] taken = Arrays.copyOfRange(bytes, start, start + length);
    start += length;
    return taken;
  }

  /** The zero-terminated text that starts at {@code from}, without the zero. */
  static String textAt(byte[] frame, int from) {
    return new String(frame, from, endOfText(frame, from) - from, StandardCharsets.UTF_8);
  }

  /** The index of the zero that ends the text which starts at {@code from}. */
  static int endOfText(byte[] frame, int from) {
    int index = from;
    while (index < frame.length && frame[index] != 0) {
      index++;
    }
    return index;
  }
}
