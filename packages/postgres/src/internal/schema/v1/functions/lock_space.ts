import { positionsOf, quoteBody } from "../../../sql/Quoting.ts"

/**
 * Returns the upper 16 bits of this store's horizon locks. They come from the oid of the sequence,
 * so that two stores in one database do not block each other, and are never 0 or 65535, where an
 * app's own locks on small numbers would be.
 */
export const lockSpace = (schema: string): string =>
  `create function ${schema}.lock_space() returns bigint language sql stable parallel safe as
    ${quoteBody(` select 1 + (${positionsOf(schema)}::oid::bigint % 65534) `)}`
