/**
 * Rows in memory. Like a database, it copies rows that are written and rows that are read, and
 * nothing else.
 */
import type { Schema } from "effect"
import type { KeyedRow } from "../../store/ProjectionStore.ts"
import type { SqlType } from "../../store/Table.ts"
import * as ValueCopy from "../codec/ValueCopy.ts"
import * as RowOrder from "../codec/RowOrder.ts"
import { byBytes } from "../work/ByteOrder.ts"

export class MemoryRows {
  readonly #rows = new Map<string, Schema.Json>()
  /** All keys in byte order; undefined after a row was added or deleted. */
  #keys: ReadonlyArray<string> | undefined
  /** Rows in the order of each index that was read, by its fields; cleared when a row changes. */
  readonly #indexes = new Map<string, ReadonlyArray<RowOrder.Entry>>()

  get size(): number {
    return this.#rows.size
  }

  get(key: string): Schema.Json | undefined {
    return ValueCopy.copy(this.#rows.get(key))
  }

  set(key: string, row: Schema.Json): void {
    if (!this.#rows.has(key)) this.#keys = undefined
    this.#rows.set(key, ValueCopy.copy(row))
    this.#indexes.clear()
  }

  delete(key: string): void {
    if (this.#rows.delete(key)) this.#keys = undefined
    this.#indexes.clear()
  }

  /** All keys, in byte order. */
  get keys(): ReadonlyArray<string> {
    return (this.#keys ??= [...this.#rows.keys()].sort(byBytes))
  }

  /** Returns the rows of these keys that exist, in the order of the keys. */
  of(keys: ReadonlyArray<string>): ReadonlyArray<KeyedRow> {
    return keys.flatMap((key) => (this.#rows.has(key) ? [{ key, row: this.get(key)! }] : []))
  }

  /**
   * Returns the rows for which a condition is true, in the order of their keys. The condition must
   * not change the rows.
   */
  filter(condition: (row: Schema.Json) => boolean): ReadonlyArray<KeyedRow> {
    return this.of(this.keys.filter((key) => condition(this.#rows.get(key)!)))
  }

  /** Returns the entries of all rows in the order of an index. */
  inOrder(fields: ReadonlyArray<string>, types: ReadonlyArray<SqlType>): ReadonlyArray<RowOrder.Entry> {
    const index = JSON.stringify(fields)
    const known = this.#indexes.get(index)
    if (known !== undefined) return known
    const valuesOf = (row: Schema.Json) =>
      fields.map((field): Schema.Json | undefined => Reflect.get(Object(row), field))
    const entries = Array.from(this.#rows, ([key, row]) => RowOrder.entryOf(types, key, valuesOf(row)))
    entries.sort(RowOrder.byEntry)
    this.#indexes.set(index, entries)
    return entries
  }
}
