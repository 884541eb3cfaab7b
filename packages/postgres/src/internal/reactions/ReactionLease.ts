/** Leases and checkpoints of reactions. Each write is made with the lease of one process. */
import { Effect } from "effect"
import type { ReactionStore } from "eventfold/store"
import { checkpointOf } from "./ReactionStatuses.ts"
import * as LeaseTime from "../sql/LeaseTime.ts"
import { nowMs } from "../sql/ServerTime.ts"
import type { Values } from "../read/StoredEvent.ts"

type ReactionLease = Pick<ReactionStore.Service, "acquire" | "release" | "renew" | "save" | "stop">

/** Returns the part of a text that PostgreSQL can store. */
export const storable = (text: string): string => text.replaceAll("\0", "").toWellFormed()

/** `schema` is already quoted. */
export const make = (values: Values, schema: string, storeId: string): ReactionLease => {
  const registry = `${schema}.reactions`
  const acquireText = `with shortened as (${LeaseTime.shorten(`${registry} r`, "r.name = $1")})
    update ${registry} r set token = r.token + 1, owner = $2, leased_until = ${nowMs} + $3, lease_millis = $3
    where r.name = $1 and r.leased_until <= ${nowMs} and not r.is_paused and r.problem is null
    returning r.token::float8, r.position::float8, r.event_id::text`
  const renewText = `update ${registry} r set leased_until = ${nowMs} + $3, lease_millis = $3
    where r.name = $1 and r.token = $2
    returning r.is_paused,
      (select count(*)::float8 from ${schema}.parked_deliveries p where p.reaction = r.name and p.is_asked)`
  const saveText = `update ${registry} r set position = $3, event_id = $4::uuid, saved_at = ${nowMs}
    where r.name = $1 and r.token = $2 and r.position <= $3 returning 1`
  return {
    acquire: (name, owner, milliseconds) =>
      Effect.map(values(acquireText, [name, owner, BigInt(Math.ceil(milliseconds))]), ([row]) =>
        row === undefined
          ? undefined
          : { name, token: Number(row[0]), checkpoint: checkpointOf(storeId, row[1], row[2]) }
      ),
    renew: ({ name, token }, milliseconds) =>
      Effect.map(values(renewText, [name, BigInt(token), BigInt(Math.ceil(milliseconds))]), ([row]) =>
        row === undefined ? undefined : { isPaused: row[0] === true, retries: Number(row[1]) }
      ),
    release: ({ name, token }) =>
      Effect.asVoid(
        values(`update ${registry} r set leased_until = 0 where r.name = $1 and r.token = $2`, [name, BigInt(token)])
      ),
    save: ({ name, token }, { eventId, position }) =>
      Effect.map(values(saveText, [name, BigInt(token), BigInt(position), eventId]), ([row]) => row !== undefined),
    stop: ({ name, token }, problem) =>
      Effect.asVoid(
        values(`update ${registry} r set problem = $3, leased_until = 0 where r.name = $1 and r.token = $2`, [
          name,
          BigInt(token),
          storable(problem)
        ])
      )
  }
}
