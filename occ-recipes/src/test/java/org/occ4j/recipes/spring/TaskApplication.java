/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A task service in Spring Boot: JPA, Flyway, Spring MVC and Actuator, with this library. */
@SpringBootApplication
class TaskApplication {}
