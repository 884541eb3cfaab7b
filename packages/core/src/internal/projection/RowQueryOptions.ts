/** Options of queries for rows, by the names that the implementations of the queries use. */
import type { Rows } from "../../Rows.ts"

type Query = Rows<unknown, unknown>

export type PageOptions = NonNullable<Parameters<Query["page"]>[0]>
export type WaitTarget = Parameters<Query["waitFor"]>[0]
export type WaitOptions = NonNullable<Parameters<Query["waitFor"]>[1]>

export const positionOf = (target: WaitTarget): number => (typeof target === "number" ? target : target.position)
