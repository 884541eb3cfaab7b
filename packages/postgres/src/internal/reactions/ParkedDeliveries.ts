/** Parked deliveries of reactions. */
import { Effect } from "effect"
import type { ReactionStore, StoreService } from "eventfold/store"
import { storable } from "./ReactionLease.ts"
import { timeOf } from "./ReactionStatuses.ts"
import { nowMs } from "../sql/ServerTime.ts"
import type { Rows, Values } from "../read/StoredEvent.ts"

type ParkedDeliveries = Pick<
  NonNullable<StoreService.Operations["reactions"]>,
  "discard" | "park" | "parked" | "retry" | "unpark"
>

const isSome = (rows: Rows): boolean => rows.length > 0

const parkedOf = (row: ReadonlyArray<unknown>): ReactionStore.Parked => {
  const [eventId, position, stream, version, type, attempts, problem, parkedAt, isAsked] = row
  return {
    eventId: String(eventId),
    position: Number(position),
    stream: String(stream),
    version: Number(version),
    type: String(type),
    attempts: Number(attempts),
    problem: String(problem),
    parkedAt: timeOf(parkedAt),
    isAsked: isAsked === true
  }
}

/** `check` fails if there is no reaction of a name; `schema` is already quoted. */
export const make = (
  values: Values,
  schema: string,
  check: (operation: `reactions.${string}`, name: string) => ReturnType<ReactionStore.Service["pause"]>
): ParkedDeliveries => {
  const parked = `${schema}.parked_deliveries`
  // The lock keeps another process from taking the lease before the statement ends.
  const held = `held as (select 1 from ${schema}.reactions r where r.name = $1 and r.token = $2 for update)`
  const parkText = `with ${held}, parked as (
      insert into ${parked} as p
        (reaction, event_id, position, stream_id, version, type, attempts, problem, parked_at)
      select $1, $3::uuid, $4, $5, $6, $7, $8, $9, ${nowMs} from held
      on conflict (reaction, position) do update
      set attempts = excluded.attempts, problem = excluded.problem, is_asked = false
    ) select 1 from held`
  const unparkText = `with ${held}, gone as (
      delete from ${parked} p using held where p.reaction = $1 and p.event_id = $3::uuid
    ) select 1 from held`
  const retryText = `update ${parked} p set is_asked = true
    where p.reaction = $1 and ($2::text is null or p.event_id::text = $2) returning 1`
  const listText = `select p.event_id::text, p.position::float8, p.stream_id, p.version::float8, p.type, p.attempts,
      p.problem, p.parked_at::float8, p.is_asked
    from ${parked} p where p.reaction = $1 and p.position > $2 and (p.is_asked or not $3)
    order by p.position limit $4`
  return {
    park: ({ name, token }, { attempts, eventId, position, problem, stream, type, version }) =>
      Effect.map(
        values(parkText, [
          name,
          BigInt(token),
          eventId,
          BigInt(position),
          stream,
          BigInt(version),
          type,
          attempts,
          storable(problem)
        ]),
        isSome
      ),
    unpark: ({ name, token }, eventId) => Effect.map(values(unparkText, [name, BigInt(token), eventId]), isSome),
    retry: Effect.fnUntraced(function* (name, eventId) {
      yield* check("reactions.retry", name)
      return (yield* values(retryText, [name, eventId ?? null])).length
    }),
    discard: Effect.fnUntraced(function* (name, eventId) {
      yield* check("reactions.discard", name)
      const text = `delete from ${parked} p where p.reaction = $1 and p.event_id::text = $2 returning 1`
      return isSome(yield* values(text, [name, eventId]))
    }),
    parked: Effect.fnUntraced(function* (name, { after, asked, limit }) {
      yield* check("reactions.parked", name)
      return (yield* values(listText, [name, BigInt(after), asked, limit])).map(parkedOf)
    })
  }
}
