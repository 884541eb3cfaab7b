/** Rows in memory, as a database keeps them: what is put in is copied, and so is what is taken out, and nothing else. */
import type { Schema } from "effect"
import type { KeyedRow } from "../../store/ProjectionStore.ts"
import type { SqlType } from "../../store/Table.ts"
import { byBytes } from "../work/ByteOrder.ts"
import * as RowOrder from "../projection/RowOrder.ts"
import * as ValueCopy from "../codec/ValueCopy.ts"

export class MemoryRows {
  readonly #rows = new Map<string, Schema.Json>()
  /** In their order; until a row comes or goes. */
  #keys: ReadonlyArray<string> | undefined
  /** The rows in the order of each index that was asked for, by its fields; until a row changes. */
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

  /** All keys, in their order. */
  get keys(): ReadonlyArray<string> {
    return (this.#keys ??= [...this.#rows.keys()].sort(byBytes))
  }

  /** Rows of some keys, in the order of these. */
  of(keys: ReadonlyArray<string>): ReadonlyArray<KeyedRow> {
    return keys.flatMap((key) => (this.#rows.has(key) ? [{ key, row: this.get(key)! }] : []))
  }

  /** The rows that a condition is true of, which must not change them, in the order of their keys. */
  filter(isMeant: (row: Schema.Json) => boolean): ReadonlyArray<KeyedRow> {
    return this.of(this.keys.filter((key) => isMeant(this.#rows.get(key)!)))
  }

  /** The rows in the order of an index. */
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
