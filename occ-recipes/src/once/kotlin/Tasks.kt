/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.kotlin

import org.occ4j.Codec
import org.occ4j.Expected
import org.occ4j.KeyCodec
import org.occ4j.MutationId
import org.occ4j.jdbc.Column
import org.occ4j.jdbc.ColumnType
import org.occ4j.jdbc.JdbcMutationPipeline
import org.occ4j.jdbc.OccDatabase
import org.occ4j.jdbc.TableMapping
import org.occ4j.mutation.Edit
import org.occ4j.mutation.Mutation
import org.occ4j.mutation.MutationResult

/** A data class is no record, so it is mapped by hand; the note may be null. */
data class Task(val id: Long, val title: String, val note: String?)

private val title: Column<Task, String> = Column("title", ColumnType.text(), Task::title)
private val note: Column<Task, String> = Column.nullable("note", ColumnType.text(), Task::note)

val mapping: TableMapping<Long, Task> =
    TableMapping.of<Long, Task>("task")
        .key("id", KeyCodec.longs(), ColumnType.longs())
        .version("version")
        .columns(listOf(title, note))
        .reading { id, row -> Task(id, row.require(title), row.get(note)) }

class Tasks(db: OccDatabase, answers: Codec<String>) {
  private val store = db.store(mapping)
  private val pipeline: JdbcMutationPipeline<Long, Task> =
      db.pipeline(store, codec(answers)).build()

  /** What a write left is null after a delete alone. */
  fun create(id: Long, title: String, note: String?): Long =
      store.put(id, Task(id, title, note), Expected.absent()).orThrow()!!.version()

  fun note(id: Long): String? = store.get(id).map { it.value().note }.orElse(null)

  /** Results are sealed, so the compiler knows that nothing is left out. */
  fun rename(mutation: MutationId, id: Long, title: String, seen: Long): String {
    val edit = Edit.update<Task> { it.copy(title = title) }
    val rename = Mutation.of(mutation, id, Expected.version(seen), edit).build()
    return when (val result = pipeline.apply(rename)) {
      is MutationResult.Applied -> "now version ${result.current()?.version()}"
      is MutationResult.Conflicted -> "conflict with ${result.current()?.value()?.title}"
      is MutationResult.NotApplied -> "not done: ${result.detail()}"
    }
  }

  private fun codec(texts: Codec<String>): Codec<Task> =
      Codec.of(
          "task/1",
          { task -> texts.encode("${task.id}\n${task.title}\n${task.note ?: ""}") },
          { bytes ->
            val (id, title, note) = texts.decode(bytes).split("\n")
            Task(id.toLong(), title, note.ifEmpty { null })
          })
}
