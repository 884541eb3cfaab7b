import { positionsOf, quoteBody } from "../../../sql/Quoting.ts"
import { enterOneStream, eventColumns, oneStreamVariables, plannedOnce, safePosition } from "../fragments/AppendSql.ts"

/**
 * Appends several events to one stream, one array element each. Returns the version and the
 * position of the last event, or nulls as `append_one` does.
 */
export const appendMany = (schema: string): string => `create function ${schema}.append_many(
  stream text, expected bigint, ids uuid[], types text[], schema_versions int[], data text[], metadata text[],
  occurred_ats bigint[], lock_timeout_ms int default null, out new_version bigint, out new_position bigint
) language plpgsql volatile ${plannedOnce} as ${quoteBody(`
declare${oneStreamVariables}
begin${enterOneStream(schema, "'$unarchived' = any(types)")}
  -- A scan of unnest returns the elements in their order, so positions are drawn in the order of versions.
  insert into ${schema}.events (${eventColumns})
  select ${safePosition(schema)}, last_version + o.ordinal, now_ms, coalesce(o.occurred_at, now_ms), o.id, o.schema_version,
    stream, o.type, o.data, o.metadata
  from (
    select nextval(${positionsOf(schema)}) as drawn, u.*
    from unnest(ids, types, schema_versions, data, metadata, occurred_ats) with ordinality
      u(id, type, schema_version, data, metadata, occurred_at, ordinal)
  ) o;
  new_version := last_version + cardinality(ids);
  new_position := currval(${positionsOf(schema)});
end `)}`
