/** Rows in memory, as a database keeps them: what is put in is copied, and so is what is taken out. */
import type { Schema } from "effect"
import * as ValueCopy from "./ValueCopy.ts"

export class MemoryRows extends Map<string, Schema.Json> {
  override get(key: string): Schema.Json | undefined {
    return ValueCopy.copy(super.get(key))
  }

  override set(key: string, row: Schema.Json): this {
    return super.set(key, ValueCopy.copy(row))
  }

  override *entries(): MapIterator<[string, Schema.Json]> {
    for (const key of this.keys()) yield [key, this.get(key)!]
    return undefined
  }

  override [Symbol.iterator](): MapIterator<[string, Schema.Json]> {
    return this.entries()
  }
}
