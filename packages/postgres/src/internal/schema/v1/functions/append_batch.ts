import { positionsOf, quoteBody } from "../../../sql/Quoting.ts"
import {
  enterManyStreams,
  eventColumns,
  isMet,
  joinLastEvent,
  manyStreamsVariables,
  plannedOnce,
  safePosition
} from "../fragments/AppendSql.ts"

/**
 * Appends a batch, one array element for each event. `ordinals` count from 1 behind the last event
 * of each stream: appends that never conflict may share a stream. Returns the events that were
 * written, which are all or none of each append.
 */
export const appendBatch = (schema: string): string => `create function ${schema}.append_batch(
  streams text[], expecteds bigint[], ordinals int[], ids uuid[], types text[], schema_versions int[], data text[],
  metadata text[], occurred_ats bigint[], lock_timeout_ms int default null
) returns table (id uuid, new_version bigint, new_position bigint) language plpgsql volatile ${plannedOnce} as ${quoteBody(`
#variable_conflict use_column
declare${manyStreamsVariables}
begin${enterManyStreams(schema)}
  return query
  insert into ${schema}.events as t (${eventColumns})
  select ${safePosition(schema)}, o.version + o.ordinal, o.recorded_at, coalesce(o.occurred_at, o.recorded_at), o.id,
    o.schema_version, o.stream, o.type, o.data, o.metadata
  from (
    select nextval(${positionsOf(schema)}) as drawn, a.*
    from (
      select u.stream, u.ordinal, u.id, u.type, u.schema_version, u.data, u.metadata, u.occurred_at,
        coalesce(l.version, 0) as version, greatest(now_ms, l.recorded_at) as recorded_at
      from unnest(streams, expecteds, ordinals, ids, types, schema_versions, data, metadata, occurred_ats) with ordinality
        u(stream, expected, ordinal, id, type, schema_version, data, metadata, occurred_at, element)
      ${joinLastEvent(schema)}
      where ${isMet}
      order by u.element
    ) a
  ) o
  order by o.stream collate "C", o.ordinal
  returning t.event_id, t.version, t.position;
end `)}`
