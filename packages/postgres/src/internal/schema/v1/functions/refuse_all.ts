import { quoteBody } from "../../../sql/Quoting.ts"

/** Fails `append_all` (error EF001). Volatile, or the planner would call it. */
export const refuseAll = (schema: string): string =>
  `create function ${schema}.refuse_all() returns boolean language plpgsql volatile as ${quoteBody(`
begin
  raise exception 'eventfold: an expected version was not met' using errcode = 'EF001';
end `)}`
