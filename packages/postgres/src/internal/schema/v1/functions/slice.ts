import { quoteBody } from "../../../sql/Quoting.ts"

/**
 * Returns a page of the log in the order of positions, up to a horizon that an earlier statement
 * found.
 *
 * The planner is bound to the index on position, in its order: without statistics (PGlite never has
 * any, a new table has none yet) it estimates that a range or a filter matches a few rows, and
 * reads and sorts the rest of the log for each page.
 *
 * `always` is the position of an event that is returned even if the filters exclude it; -1 for
 * none. `with_truncated`: whether truncated events are returned too, without data.
 */
export const slice = (schema: string): string => `create function ${schema}.slice(
  start_at bigint, stop_at bigint, size int, prefixes text[], types text[], always bigint, with_truncated boolean
) returns table (
  event_id text, stream_id text, version float8, "position" float8, type text, schema_version smallint, data text, meta text,
  recorded_at float8, occurred_at float8
) language plpgsql stable set search_path = pg_catalog, pg_temp
  set enable_bitmapscan = off set enable_seqscan = off set enable_sort = off as ${quoteBody(`
#variable_conflict use_column
begin
  return query
  select e.event_id::text, e.stream_id::text, e.version::float8, e.position::float8, e.type::text, e.schema_version,
    e.data::text, e.meta::text, e.recorded_at::float8, e.occurred_at::float8
  from ${schema}.events e
  where e.position >= start_at and e.position <= stop_at and (
    e.position = always
    or ((prefixes is null or e.stream_id ^@ any(prefixes)) and (types is null or e.type = any(types))
      and (with_truncated or e.data is not null))
  )
  order by e.position limit size;
end `)}`
