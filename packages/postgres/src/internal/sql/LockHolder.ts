/** Describes the session or the prepared transaction that holds a lock, for warnings in the log. */

const maxQueryCharacters = 300

/** Formats seconds with one decimal. */
export const seconds = (value: unknown): string => `${Math.round(Number(value) * 10) / 10} s`

/** The columns that {@link describe} reads, of the locks `l` with {@link joins}. */
export const columns = `l.pid, r.rolname, a.application_name, a.state,
    extract(epoch from clock_timestamp() - a.xact_start)::float8, a.query, p.gid,
    extract(epoch from clock_timestamp() - p.prepared)::float8`

/**
 * Joins the session, role or prepared transaction of each lock `l`. A prepared transaction has no
 * session; it is found by the lock that every transaction holds on its own id.
 */
export const joins = `left join pg_stat_activity a on a.pid = l.pid
  left join pg_roles r on r.oid = a.usesysid
  left join pg_locks t on l.pid is null and t.pid is null and t.locktype = 'transactionid'
    and t.virtualtransaction = l.virtualtransaction
  left join pg_prepared_xacts p on p.transaction = t.transactionid`

/** Description of the holder of a lock. */
export interface LockHolder {
  /** Text for a message. */
  readonly text: string
  /** Annotations of a log line. */
  readonly facts: Readonly<Record<string, unknown>>
}

/**
 * Describes a row of {@link columns}. `role` is the role that read it, which may not see all of it.
 */
export const describe = (row: ReadonlyArray<unknown>, role: string): LockHolder => {
  const [pid, user, application, state, age, query, prepared, preparedAge] = row
  if (typeof prepared === "string") {
    return {
      text: `the prepared transaction ${JSON.stringify(prepared)} (${seconds(preparedAge)} old): COMMIT PREPARED or ROLLBACK PREPARED ends it`,
      facts: { gid: prepared, age: Number(preparedAge) }
    }
  }
  if (pid === null) return { text: "a prepared transaction: see pg_prepared_xacts", facts: {} }
  const owner = [user, application].filter((text) => typeof text === "string" && text !== "").join(", ")
  const name = `pid ${String(pid)}${owner === "" ? "" : ` (${owner})`}`
  // pg_stat_activity shows a session to its own role and to members of pg_read_all_stats; other
  // roles see only that it exists.
  if (age === null) {
    return {
      text: `${name}; its age and query are hidden from role ${role}: GRANT pg_read_all_stats shows them`,
      facts: { pid, age: "hidden", query: "hidden" }
    }
  }
  const text = String(query).replaceAll(/\s+/g, " ").slice(0, maxQueryCharacters)
  return {
    text: `${name}, ${String(state)}, its transaction ${seconds(age)} old, with: ${text}`,
    facts: { pid, age: Number(age), query: text }
  }
}
