/**
 * Fills the bodies of generated code mechanically: states, events, errors and rows are values of
 * their schemas.
 */
import type { Member, RandomDomain } from "./RandomDomains.ts"

/** Module at the root of random projects that schema files and bodies draw values with. */
export const sampling = {
  "sample.ts": `/** The same values of a schema at every run. */
import { Arbitrary, Effect, type Schema } from "effect"

export const sample = <A, E>(schema: Schema.Codec<A, E>, seed: number): A => {
  const one = Arbitrary.sampleEffect(Arbitrary.schema(schema), { count: 1, seed, size: 4 })
  // eventfold-pure: it comes to the same for a seed
  return Effect.runSync(Effect.orDie(one))[0]!
}
/** One of several things, by the number of the command. */
export const pick = <const All extends readonly [unknown, ...ReadonlyArray<unknown>]>(
  { commandId }: { readonly commandId: string },
  ...all: All
): All[number] => all[Number(commandId.replace(/\\D/g, "")) % all.length]
`
}

interface Files {
  readonly read: (file: string) => string
  readonly write: (file: string, text: string) => void
}

/** Replaces each stub by the code for the handler that it names: `Account.apply Opened`. */
const filled = (text: string, of: (handler: string, at: number) => string): string => {
  let at = 0
  return text.replace(/Fold\.notWritten\("\S+ ([^"]+)"\)/g, (_, handler: string) => of(handler, at++))
}

/** Writes bodies into what `gen` began, in `examples/<domain>/src`. */
export const fillIn = ({ read, write }: Files, bodies: ReadonlyArray<string>, domain: RandomDomain): void => {
  const up = "../../../"
  const bodyOf = (call: string): string => {
    const found = bodies.find(
      (file) => file.startsWith(`examples/${domain.name}/`) && read(file).includes(` = ${call}(`)
    )
    if (found === undefined) throw new Error(`no body in ${domain.name} calls ${call}`)
    return found
  }
  const head = (file: string, exported: string) =>
    `import { pick, sample } from "${up}sample.ts"\nimport { ${exported} as Declared } from "${up}schemas/${file}"\n`
  for (const { commands, errors, events, exported, file, name } of domain.aggregates) {
    const apply = bodyOf(`${name}.apply`)
    const states = filled(read(apply), (_, at) => (at % 2 === 0 ? "next" : "_state"))
    write(apply, `${head(file, exported)}${states}\nconst next = sample(Declared.state, 2)\n`)

    const decide = bodyOf(`${name}.decide`)
    const contract = /from "(\.\/generated\/[^"]+)"/.exec(read(decide))?.[1]
    const members = [...events, ...errors]
    const made = (kind: "events" | "errors", one: string) => {
      const at = members.findIndex(({ name }) => name === one)
      return `M${at}.make(${members[at]?.isEmpty === true ? "" : `sample(Declared.${kind}.${one}, ${at})`})`
    }
    const decisions = filled(read(decide), (handler) => {
      const { emits, fails } = commands.find((command) => command.name === handler) ?? { emits: [], fails: [] }
      const some = emits.map((event) => made("events", event))
      const results = ["[]", ...some.map((event) => `[${event}]`), `[${some.join(", ")}]`]
      return `pick(_facts, ${[...results, ...fails.map((error) => made("errors", error))].join(", ")})`
    })
    const imports = members.map((one: Member, i) => `${one.name} as M${i}`).join(", ")
    write(decide, `${head(file, exported)}import { ${imports} } from "${contract}"\n${decisions}`)
  }
  for (const { exported, file, name } of domain.projections) {
    const project = bodyOf(`${name}.project`)
    const text = read(project)
    const rows = text.replace(/Fold\.notWritten\("\S+\.project [^"]+"\)/g, () => "_row === undefined ? row : _row")
    const keyed = rows.includes(`  keys: {`)
    const keys = filled(rows, (_, at) => (at % 2 === 0 ? "key" : "[key, other]"))
    const values = keyed ? "const key = sample(Declared.key, 1)\nconst other = sample(Declared.key, 2)\n" : ""
    const types = keyed ? keys.replace(/(_event, _origin\)): (\w+Key)/g, "$1: $2 | ReadonlyArray<$2>") : keys
    write(project, `${head(file, exported)}${types}\nconst row = sample(Declared.row, 1)\n${values}`)
  }
}
