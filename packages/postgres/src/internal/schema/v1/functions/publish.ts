import { definer, quoteBody } from "../../../sql/Quoting.ts"

/**
 * Publishes the horizon for replicas. It runs in a transaction of its own and never in one that
 * appends, whose own lock would hold the horizon back. It does not wait for the disk: a publication
 * that is lost is repeated.
 */
export const publish = (schema: string): string =>
  `create function ${schema}.publish() returns void language plpgsql volatile ${definer} as ${quoteBody(`
declare
  readable bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  readable := ${schema}.horizon();
  update ${schema}.published p set position = readable where p.position < readable;
end `)}`
