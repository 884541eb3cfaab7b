import { quoteBody } from "../../../sql/Quoting.ts"

/**
 * A trigger before each inserted event: refuses an event of an inline projection if the rows of
 * that projection are not written in the same transaction (error EF002).
 */
export const refuseUninlined = (schema: string): string =>
  `create function ${schema}.refuse_uninlined() returns trigger language plpgsql volatile as ${quoteBody(`
declare
  missing text;
begin
  select p.name into missing
  from ${schema}.projections p
  where p.is_inline and p.stage = 'serving' and new.type = any(p.types)
    and split_part(new.stream_id, '-', 1) = any(p.aggregates)
    and p.name <> all(string_to_array(coalesce(current_setting('eventfold.inline', true), ''), ','))
  limit 1;
  if missing is not null then raise exception '%', missing using errcode = 'EF002'; end if;
  return new;
end `)}`
