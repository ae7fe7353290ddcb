/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The client side of the playbook: what a person has edited but the server has not confirmed, laid
 * over what it has.
 *
 * <p>Edits show at once, are sent with the version they started from and a mutation id, and stay
 * pending until the server has answered; nothing that a person typed is dropped without a call that
 * says so.
 */
@NullMarked
package org.occ4j.client;

import org.jspecify.annotations.NullMarked;
