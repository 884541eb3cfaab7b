/**
 * A declaration with any field type, and the simplest bodies that there are, keeps the laws as it
 * was generated.
 *
 * The types are all schemas that Effect exports and that `gen` accepts: a new one is tried as soon
 * as there is one.
 */
import { Laws } from "@eventfold/testing"
import { Schema } from "effect"
import { LeafTypes } from "eventfold/tables"
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"

const soak = (process.env["EVENTFOLD_SOAK"] ?? "") !== ""

/** Types that `gen` refuses, each with the reason and the fix, or that have no values at all. */
const refused = /^(Any|Unknown|UnknownFromJsonString|Object\w+|PropertyKey|Symbol|Never|MutableJson|StandardSchema\w+)$/
/** Types without a row in `LeafTypes`, which generated code cannot name. */
const unnamed =
  /^(ByteSize|Cookie|Dns(?!RecordType)|DomainName|File|FormData|Headers|Host|Inet|Ip|Mac|ScopedIpv6|SemVerRange|SocketAddress|URLSearchParams|UnixPath|UrlParams)/

const types = Object.entries(Schema).flatMap(([name, value]) =>
  Schema.isSchema(value) && ![refused, unnamed].some((left) => left.test(name)) ? [{ name, value }] : []
)

/**
 * A field of the type alone, and inside of everything that holds others; lists and structs are in
 * the others.
 */
const fieldsOf = (type: string): string => `{
    value: ${type},
    maybe: Schema.optionalKey(${type}),
    record: Schema.Record(Key, ${type}),
    map: Schema.HashMap(Key, ${type}),
    option: Schema.Option(${type}),
    union: Schema.Union([Schema.TaggedStruct("Some", { it: ${type} }), Schema.TaggedStruct("None", {})]),
    tuple: Schema.Tuple([${type}, Schema.Array(${type})])
  }`

const isText = (schema: Schema.Top): boolean =>
  ["String", "TemplateLiteral"].includes(Schema.toEncoded(schema).ast._tag)

const declarationOf = ({ name, value }: (typeof types)[number]): string => {
  const fields = fieldsOf(`Schema.${name}`)
  return `export const Of${name} = Aggregate.make("Of${name}", {
  id: ${isText(value) ? `Schema.${name}` : "Schema.String"},
  state: Schema.Struct({ last: Schema.Option(Schema.Struct(${fields})), count: Schema.Natural }),
  initial: { last: Option.none(), count: 0 },
  events: { Had${name}: ${fields} },
  errors: {},
  commands: { Have${name}: { payload: ${fields}, emits: ["Had${name}"], fails: [] } }
})
`
}

/** The state holds the fields of the last event, and an event those of its command. */
const bodyOf = (file: string, text: string): string =>
  file.endsWith(".apply.ts")
    ? `import { Option } from "effect"\n${text
        .replace("(_state, _event)", "(state, { _tag, ...had })")
        .replace(/Fold\.notWritten\("[^"]+"\)/, "({ last: Option.some(had), count: state.count + 1 })")
        .replace('import { Fold } from "eventfold/generated"\n', "")}`
    : text
        .replace("(_state, _command, _facts)", "(_state, command)")
        .replace(/type (Had\w+)/, "$1")
        .replace(/Fold\.notWritten\("\w+\.decide Have(\w+)"\)/, "[Had$1.make(command)]")
        .replace('import { Fold } from "eventfold/generated"\n', "")

/** Those in which values matter. */
const laws = [
  Laws.hermetic,
  Laws.determinism,
  Laws.decisions,
  Laws.codecs,
  Laws.snapshots,
  Laws.repetition,
  Laws.contention
]

describe("a bare declaration", () => {
  it("is tried with every leaf type", () => {
    const tried = new Set(types.map(({ name }) => name))
    expect(LeafTypes.all.filter(({ name }) => !tried.has(name)).map(({ name }) => name)).toEqual([])
  })

  it("keeps the laws, with any type of its fields and its id", { timeout: 3_600_000 }, async () => {
    const head = `import { Option, Schema } from "effect"
import { Aggregate } from "eventfold"
const Key = Schema.String.check(Schema.isPattern(/^[a-z]+$/))
`
    const project = new Project({ "schemas/bare/all.ts": head + types.map(declarationOf).join("") })
    const begun = await project.gen()
    expect(begun.err).toEqual([])
    for (const file of begun.out.flatMap((line) => /^began (.*): yours to write$/.exec(line)?.[1] ?? []))
      project.write(file, bodyOf(file, project.read(file)))
    // Fingerprints are those of the bodies, which are looked at as `check` does.
    expect((await project.gen()).err).toEqual([])

    const files = Object.keys(project.texts("examples")).filter((file) => file.endsWith(".laws.ts"))
    expect(files.length).toBe(types.length)
    const broken: Array<string> = []
    const seed = soak ? {} : { seed: 1993 }
    for (const file of files) {
      const [subject]: ReadonlyArray<Laws.Subject<unknown, Laws.Tagged, Laws.Tagged>> = Object.values(
        await import(`${project.root}/${file}`)
      )
      for (const law of laws) {
        try {
          law(subject!, { runs: soak ? 100 : 1, ...seed })
        } catch (error) {
          broken.push(String(error))
        }
      }
    }
    expect(broken).toEqual([])
  })
})
