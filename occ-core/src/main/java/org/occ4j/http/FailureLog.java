/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import org.occ4j.ConflictException;
import org.occ4j.DataRejectedException;
import org.occ4j.NotAppliedException;
import org.occ4j.OccException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says for whoever runs the service what is not said to its clients. */
final class FailureLog {
  private static final Logger LOG = LoggerFactory.getLogger(HttpContract.class);

  private FailureLog() {}

  static void log(String what, OccException thrown) {
    if (thrown instanceof ConflictException || thrown instanceof NotAppliedException) {
      LOG.debug("{} was not applied: {}", what, thrown.getMessage());
    } else if (thrown instanceof DataRejectedException refused) {
      LOG.info( // Without the server's message, which may have the row in it.
          "{} was refused by the database: SQLSTATE {}, constraint {} of {}",
          what,
          refused.sqlState(),
          refused.constraint(),
          refused.table());
    } else {
      LOG.warn("{} failed", what, thrown);
    }
  }
}
