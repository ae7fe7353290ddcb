/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.occ4j.OccException;

/** The task board from the command line. */
public final class TaskBoard {
  private TaskBoard() {}

  /** Serves the board until the process is ended. */
  public static void main(String[] arguments) {
    List<String> given = Arrays.asList(arguments);
    if (given.contains("--help")) {
      System.out.print(Options.USAGE);
      return;
    }
    System.exit(run(given));
  }

  /** The exit status; does not return while the board is served. */
  private static int run(List<String> arguments) {
    try {
      Options options = Options.parse(arguments);
      BoardServer board = BoardServer.start(options);
      Runtime.getRuntime().addShutdownHook(new Thread(board::close, "board-shutdown"));
      System.out.println("The task board is at " + board.url());
      System.out.println("Its tasks are in " + options.jdbcUrl());
      Thread.currentThread().join();
      return 0;
    } catch (IllegalArgumentException badOption) {
      System.err.println(badOption.getMessage());
      System.err.print(Options.USAGE);
      return 2;
    } catch (IOException | OccException failed) {
      System.err.println("The board could not start: " + failed.getMessage());
      return 1;
    } catch (InterruptedException ended) {
      return 0;
    }
  }
}
