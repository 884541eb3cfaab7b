import { definer, quoteBody } from "../../../sql/Quoting.ts"

/**
 * Deletes the snapshots of one stream, of the streams that begin with a prefix, or (if both are
 * null) all. Returns how many there were.
 */
export const dropSnapshots = (
  schema: string
): string => `create function ${schema}.drop_snapshots(stream text, prefix text)
returns bigint language plpgsql volatile ${definer} as ${quoteBody(`
declare
  dropped bigint;
begin
  delete from ${schema}.snapshots s
  where (stream is null or s.stream_id = stream) and (prefix is null or s.stream_id ^@ prefix);
  get diagnostics dropped = row_count;
  return dropped;
end `)}`
