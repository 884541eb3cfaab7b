/** Names of headers: those of CloudEvents attributes that have no meaning yet. */

/** Maximum size of all headers of an event, in bytes of UTF-8. */
export const maxHeaderBytes = 4_096

/** Attributes of CloudEvents, of its extensions, and of `CloudEvent.fromRecorded`. */
const taken: ReadonlySet<string> = new Set([
  "actor",
  "causationid",
  "correlationid",
  "data",
  "datacontenttype",
  "dataschema",
  "id",
  "idempotencykey",
  "partitionkey",
  "sequence",
  "sequencetype",
  "source",
  "specversion",
  "streamversion",
  "subject",
  "time",
  "traceparent",
  "tracestate",
  "type"
])

/** Returns the problem of a name, with the fix. */
export const problemOf = (name: string): string | undefined => {
  if (!/^[a-z][a-z0-9]{0,19}$/.test(name)) {
    return `the header ${JSON.stringify(name)}; use a small letter and then at most 19 small letters and digits, as CloudEvents does`
  }
  return taken.has(name)
    ? `the header ${name}, which is an attribute of every published event; use another name`
    : undefined
}
