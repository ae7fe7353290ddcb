/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

/**
 * The kinds of refusal that this library answers, each with the URN that stands in a problem
 * document's {@code type} and never changes.
 */
public enum ProblemType {
  /** What the request expected is not there; 412 where the precondition came in a header. */
  CONFLICT("conflict", 409, "The resource has changed since you read it"),
  /** The request does not say which state it means to change (RFC 6585, section 3). */
  PRECONDITION_REQUIRED("precondition-required", 428, "Say which version you mean to change"),
  /** What the request says about the state that it means to change cannot be read, or differs. */
  PRECONDITION_INVALID("precondition-invalid", 400, "The precondition cannot be understood"),
  /** The client's mutation id is missing or malformed, or header and body give two. */
  MUTATION_ID("mutation-id", 400, "A client mutation id is needed"),
  /** The same mutation id was used with another payload. */
  MUTATION_MISMATCH("mutation-mismatch", 422, "This mutation id was used for another change"),
  /** The same mutation is being carried out at this moment; ask again. */
  IN_FLIGHT("in-flight", 409, "The same change is being carried out"),
  /** An earlier attempt may have had an effect outside the database; a person has to look. */
  UNRESOLVED("unresolved", 409, "It is not known whether an earlier attempt took effect"),
  /** There is nothing to read. */
  NOT_FOUND("not-found", 404, "There is nothing here"),
  /** A final no: the application's own, or a constraint's of the database. */
  REJECTED("rejected", 422, "The change was rejected"),
  /** Surely nothing was done; ask again. */
  UNAVAILABLE("unavailable", 503, "The service cannot do it now"),
  /** It may have been done; ask again with the same mutation id. */
  OUTCOME_UNKNOWN("outcome-unknown", 503, "It is not known whether the change took effect"),
  /** The service keeps as many answers as it can; ask again. */
  CAPACITY("capacity", 503, "The service has no room for another change now"),
  /** The service is broken in a way that asking again does not mend. */
  INTERNAL("internal", 500, "The service failed");

  private static final String PREFIX = "urn:occ4j:";

  private final String urn;
  private final int status;
  private final String title;

  ProblemType(String name, int status, String title) {
    this.urn = PREFIX + name;
    this.status = status;
    this.title = title;
  }

  /** The URN, such as {@code urn:occ4j:conflict}. */
  public String urn() {
    return urn;
  }

  /** The status by which it is answered where nothing else is said. */
  public int status() {
    return status;
  }

  /** A short summary for people, the same in every occurrence, in English. */
  public String title() {
    return title;
  }
}
