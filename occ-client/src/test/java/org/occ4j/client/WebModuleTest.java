/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Runs the tests of the JavaScript client, which are its own (src/test/js), under Node. */
class WebModuleTest {

  private static final int OLDEST_NODE = 20;

  @Test
  void clientModule_testsOfItsOwn_pass() throws Exception {
    requireNode();
    Process node =
        new ProcessBuilder("node", "--test", "src/test/js").redirectErrorStream(true).start();
    String output = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(node.waitFor()).as(output).isZero();
    assertThat(output).containsPattern("(?m)pass [1-9]\\d*$").containsPattern("(?m)fail 0$");
  }

  private static void requireNode() throws InterruptedException {
    if (majorVersion() < OLDEST_NODE) {
      System.err.println(
          "**** NO NODE of version "
              + OLDEST_NODE
              + " or later; the tests of occ-client.js are SKIPPED. ****");
      Assumptions.abort("no Node was found");
    }
  }

  /** Of the Node on the path; 0 if there is none. */
  private static int majorVersion() throws InterruptedException {
    try {
      Process node = new ProcessBuilder("node", "--version").redirectErrorStream(true).start();
      String version = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return node.waitFor() == 0 ? Integer.parseInt(version.substring(1, version.indexOf('.'))) : 0;
    } catch (IOException notThere) {
      return 0;
    }
  }
}
