/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.microsoft.playwright.Page;
import java.nio.file.Path;

/** Pictures for people who want to look at what a test saw. */
final class Screens {
  private Screens() {}

  static Page.ScreenshotOptions of(String name) {
    return new Page.ScreenshotOptions().setPath(Path.of("target", "screens", name + ".png"));
  }
}
