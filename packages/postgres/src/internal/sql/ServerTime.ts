/** The server's time in milliseconds, as SQL. */
export const nowMs = "floor(extract(epoch from clock_timestamp()) * 1000)::bigint"
