import { definer, positionsOf, quoteBody } from "../../../sql/Quoting.ts"
import { enterOneStream, eventColumns, oneStreamVariables } from "../fragments/AppendSql.ts"

/**
 * Appends one event to one stream, in the fastest way. Returns nulls if the expected version is not
 * met, or if the stream is archived (see `AppendSql`).
 *
 * `expected` is a version, -1 for any, -2 for a stream that exists.
 */
export const appendOne = (schema: string): string => `create function ${schema}.append_one(
  stream text, expected bigint, id uuid, type text, schema_version int, data text, metadata text, occurred_at bigint,
  lock_timeout_ms int default null, out new_version bigint, out new_position bigint
) language plpgsql volatile ${definer} as ${quoteBody(`
declare${oneStreamVariables}
begin${enterOneStream(schema, "type = '$unarchived'")}
  insert into ${schema}.events as t (${eventColumns})
  values (nextval(${positionsOf(schema)}), last_version + 1, now_ms, coalesce(occurred_at, now_ms), id, schema_version, stream,
    type, data, metadata)
  returning t.version, t.position into new_version, new_position;
  if new_position <= passed then perform ${schema}.refuse_position(); end if;
end `)}`
