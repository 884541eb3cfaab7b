import { definer, quoteBody } from "../../../sql/Quoting.ts"

/**
 * Returns the last event that can be read, for readers that keep the id of the event they stopped
 * at. Each statement has a snapshot of its own, later than that of the horizon, so that every event
 * up to the horizon is visible.
 *
 * `known` is a position that held an event at the last look; its id now tells whether the log is
 * still the same.
 */
export const head = (schema: string): string => `create function ${schema}.head(
  known bigint, out head_position bigint, out head_id uuid, out known_id uuid, out last_position bigint
) language plpgsql volatile parallel unsafe ${definer} as ${quoteBody(`
declare
  readable bigint;
begin
  readable := ${schema}.horizon();
  select e.position, e.event_id into head_position, head_id
  from ${schema}.events e where e.position <= readable order by e.position desc limit 1;
  select e.event_id into known_id from ${schema}.events e where e.position = known;
  select max(e.position) into last_position from ${schema}.events e;
end `)}`
