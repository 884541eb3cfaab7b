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
 * Appends a batch, all of it or nothing: one append whose expected version is not met undoes
 * everything (error EF001). `numbers` tell which append an element belongs to. An append without
 * events is one element with ordinal 0: only its expected version is checked. Returns a row for
 * each append.
 */
export const appendAll = (schema: string): string => `create function ${schema}.append_all(
  numbers int[], streams text[], expecteds bigint[], ordinals int[], ids uuid[], types text[], schema_versions int[],
  data text[], metadata text[], occurred_ats bigint[], lock_timeout_ms int default null
) returns table (number int, new_version bigint, new_position bigint) language plpgsql volatile ${plannedOnce} as ${quoteBody(`
#variable_conflict use_column
declare${manyStreamsVariables}
begin${enterManyStreams(schema)}
  return query
  with asked as materialized (
    select u.element, u.number, u.stream, u.ordinal, u.id, u.type, u.schema_version, u.data, u.metadata, u.occurred_at,
      coalesce(l.version, 0) as version, coalesce(l.position, 0) as position, greatest(now_ms, l.recorded_at) as recorded_at,
      case when ${isMet}
        then true else ${schema}.refuse_all() end as is_met
    from unnest(numbers, streams, expecteds, ordinals, ids, types, schema_versions, data, metadata, occurred_ats)
      with ordinality
      u(number, stream, expected, ordinal, id, type, schema_version, data, metadata, occurred_at, element)
    ${joinLastEvent(schema)}
  ), written as (
    insert into ${schema}.events (${eventColumns})
    select ${safePosition(schema)}, o.version + o.ordinal, o.recorded_at, coalesce(o.occurred_at, o.recorded_at), o.id,
      o.schema_version, o.stream, o.type, o.data, o.metadata
    from (
      select nextval(${positionsOf(schema)}) as drawn, m.*
      from (select * from asked a where a.is_met and a.ordinal > 0 order by a.element) m
    ) o
    order by o.stream collate "C", o.ordinal
    returning event_id, version, position
  )
  select a.number, coalesce(max(w.version), max(a.version)), coalesce(max(w.position), max(a.position))
  from asked a left join written w on w.event_id = a.id
  group by a.number;
end `)}`
