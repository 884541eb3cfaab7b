import { literal, quoteBody } from "../../../sql/Quoting.ts"

/**
 * Refuses a position that readers may have passed (error EF003). Volatile, or the planner would
 * call it.
 */
export const refusePosition = (schema: string): string =>
  `create function ${schema}.refuse_position() returns bigint language plpgsql volatile as ${quoteBody(`
begin
  raise exception 'eventfold: the sequence of positions is behind the log' using errcode = 'EF003',
    hint = format('SELECT setval(%L, (SELECT max(position) FROM %s))', ${literal(`${schema}.positions`)}, ${literal(`${schema}.events`)});
end `)}`
