/**
 * Ids, time and metadata of a command: they are taken once, so that each attempt decides the same
 * command.
 */
import { DateTime, Effect } from "effect"
import { CurrentMetadata, type Metadata } from "../../Event.ts"
import * as EventId from "../../EventId.ts"
import * as TraceContext from "../work/TraceContext.ts"
import type { ExecuteOptions } from "./CommandExecution.ts"

export interface CommandContext {
  readonly commandId: string
  /**
   * Source of the ids of the command's events: its id if the caller named it, otherwise a random
   * id.
   */
  readonly seed: string
  /** `true` if the caller gave the id, so that the command can be repeated. */
  readonly isNamed: boolean
  readonly now: DateTime.Utc
  readonly occurredAt: DateTime.Utc | undefined
  readonly metadata: Metadata
}

/** Makes the context of a command. */
export const make = Effect.fnUntraced(function* (
  options: Pick<ExecuteOptions, "commandId" | "metadata" | "occurredAt">
): Effect.fn.Return<CommandContext> {
  const isNamed = options.commandId !== undefined
  const commandId = options.commandId ?? (yield* EventId.make)
  const traceparent = TraceContext.current(yield* Effect.context<never>())
  // The ids of the events say which of them an unnamed command made.
  const cause = isNamed ? { causationId: commandId } : {}
  return {
    commandId,
    seed: commandId,
    isNamed,
    now: options.occurredAt ?? (yield* DateTime.now),
    occurredAt: options.occurredAt,
    metadata: {
      ...cause,
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(yield* CurrentMetadata),
      ...options.metadata
    }
  }
})

/**
 * Derives the context of a further command of a batch, the nth (from 0) of its stream. Ids of
 * events must differ.
 */
export const forNth = Effect.fnUntraced(function* (
  first: CommandContext,
  nth: number
): Effect.fn.Return<CommandContext> {
  const { commandId, isNamed } = first
  const ownId = nth === 0 ? commandId : `${commandId}/${nth}`
  // Event ids that are derived from a given command id and the stream differ already.
  return { ...first, commandId: ownId, seed: isNamed ? ownId : yield* EventId.make }
})
