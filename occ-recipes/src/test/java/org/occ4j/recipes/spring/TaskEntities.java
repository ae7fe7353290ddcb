/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import org.springframework.data.jpa.repository.JpaRepository;

interface TaskEntities extends JpaRepository<TaskEntity, String> {}
