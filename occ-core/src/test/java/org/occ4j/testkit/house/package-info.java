/**
 * The rules of the house, checked on the compiled classes and on the sources of a module.
 *
 * <p>A module of this library adds a small subclass of {@link
 * org.occ4j.testkit.house.HouseRulesContract} that names its packages. The rules are the library's
 * own and say nothing about the code of its users.
 */
@NullMarked
package org.occ4j.testkit.house;

import org.jspecify.annotations.NullMarked;
