/** Ten aggregates with different field names: declarations, bodies, and handwritten folds. */

export const names: ReadonlyArray<string> = Array.from({ length: 10 }, (_, i) => `Ledger${i}`)

/** Names of events that in turn add their amount to the balance and subtract it. */
const movements = ["Paid", "Drawn", "Sent", "Received", "Charged", "Credited", "Fined", "Waived"] as const

const change = (place: number, of: string): string =>
  place % 2 === 0
    ? `balance${of}: state.balance${of} + event.amount${of}, moved${of}: state.moved${of} + 1`
    : `balance${of}: state.balance${of} - event.amount${of}, moved${of}: state.moved${of} + 1, taken${of}: state.taken${of} + event.amount${of}`

const events = (of: string): ReadonlyArray<readonly [event: string, change: string]> => [
  [`Opened${of}`, `open${of}: true, limit${of}: event.limit${of}`],
  ...movements.map((name, place) => [`${name}${of}`, change(place, of)] as const)
]

const declaration = (name: string, of: string): string => `import { Schema } from "effect"
import { Aggregate } from "eventfold"

export const ${name} = Aggregate.make("${name}", {
  id: Schema.NonEmptyString.pipe(Schema.brand("${name}Id")),
  state: Schema.Struct({
    open${of}: Schema.Boolean, balance${of}: Schema.Int, limit${of}: Schema.Int, taken${of}: Schema.Int, moved${of}: Schema.Int
  }),
  initial: { open${of}: false, balance${of}: 0, limit${of}: 0, taken${of}: 0, moved${of}: 0 },
  events: {
    Opened${of}: { limit${of}: Schema.Int },
${movements.map((movement) => `    ${movement}${of}: { id: Schema.NonEmptyString, amount${of}: Schema.Int }`).join(",\n")}
  },
  errors: {},
  commands: {}
})
`

const body = (
  name: string,
  of: string
): string => `import { ${name}, type ${name}State } from "./generated/${name.toLowerCase()}.ts"

export const apply = ${name}.apply({
${events(of)
  .map(([event, does]) => `  ${event}: (state, event): ${name}State => ({ ...state, ${does} })`)
  .join(",\n")}
})
`

const byHand = (
  name: string,
  of: string
): string => `import type { ${name}Event, ${name}State } from "./generated/${name.toLowerCase()}.ts"

const step = (state: ${name}State, event: ${name}Event): ${name}State => {
  switch (event._tag) {
${events(of)
  .map(([event, does]) => `    case "${event}":\n      return { ...state, ${does} }`)
  .join("\n")}
  }
}

export const fold = (initial: ${name}State, events: ReadonlyArray<${name}Event>): ${name}State => {
  let state = initial
  for (const event of events) state = step(state, event)
  return state
}
`

/** The files of a project before `gen` runs. */
export const files: Readonly<Record<string, string>> = Object.fromEntries(
  names.flatMap((name, i) => {
    const lower = name.toLowerCase()
    return [
      [`schemas/ledgers/${lower}.ts`, declaration(name, String(i))],
      [`examples/ledgers/src/${lower}.apply.ts`, body(name, String(i))],
      [`examples/ledgers/src/${lower}.hand.ts`, byHand(name, String(i))]
    ]
  })
)

/** The first `count` events of an aggregate in stored form: an opening, then movements in turn. */
export const history = (
  i: number,
  count: number
): ReadonlyArray<{ readonly _tag: string; readonly [field: string]: unknown }> =>
  Array.from({ length: count }, (_, n) =>
    n === 0
      ? { _tag: `Opened${i}`, [`limit${i}`]: 1_000 }
      : {
          _tag: `${movements[n % movements.length]}${i}`,
          id: String(100_000 + n),
          [`amount${i}`]: 1 + ((n * 7919) % 1_000)
        }
  )
