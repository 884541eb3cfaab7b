/** Operations on values: their members, what joins several of them, and keys by which equal values are found. */
import { type Member, nothing, type Own, type Store, type Thing, type Value } from "./AbstractValue.ts"
import { any, held, heldBy } from "./MemberName.ts"

const none: ReadonlyMap<string, Member> = new Map()

export const own = (parts: Partial<Omit<Own, "kind">> = {}): Own =>
  flat({ kind: "own", made: undefined, of: undefined, members: none, rest: nothing, base: nothing, ...parts })

const depths = new WeakMap<Thing, number>()

const depthOf = (thing: Thing): number => {
  if (thing.kind === "kept") return thing.what === undefined ? 0 : depthOf(thing.what)
  if (thing.kind !== "own") return 0
  const known = depths.get(thing)
  if (known !== undefined) return known
  const held = [...thing.members.values()].flatMap((one) => (typeof one === "function" ? [] : one))
  const depth = 1 + Math.max(0, ...[...held, ...thing.rest, ...thing.base].map(depthOf))
  depths.set(thing, depth)
  return depth
}

/** What holds things that hold things is told apart so far. */
const deepest = 10

/** Of what holds others, all that matters in the end. */
const leavesOf = (value: Value, into: Set<Thing> = new Set()): Set<Thing> => {
  for (const thing of value) {
    if (into.has(thing)) continue
    if (thing.kind !== "own") into.add(thing)
    else {
      const held = [...thing.members.values()].flatMap((one) => (typeof one === "function" ? [] : one))
      leavesOf([...held, ...thing.rest, ...thing.base], into)
    }
  }
  return into
}

const flat = (thing: Own): Own =>
  depthOf(thing) <= deepest
    ? thing
    : { ...thing, members: none, base: nothing, rest: [...leavesOf([thing])].slice(0, most) }

const numbers = new WeakMap<object, number>()
let last = 0
const numberOf = (one: object): number => {
  const known = numbers.get(one)
  if (known !== undefined) return known
  numbers.set(one, ++last)
  return last
}

/** Before the key of what knows variables of a call, which may have other values next time. */
export const passing = "~"

const keys = new WeakMap<Thing, string>()
/** What things of a key are like; each has a short name, so that what holds many of them has a short key, too. */
const shapes = new Map<string, string>()

const shapeOf = (thing: Thing): string => {
  switch (thing.kind) {
    case "own": {
      const members = [...thing.members].map(
        ([name, one]) => `${name}:${typeof one === "function" ? numberOf(one) : keyOf(one)}`
      )
      const of = thing.of === undefined ? "" : keyOf([thing.of])
      return `own ${thing.made ?? ""} ${of}{${members.join()}}[${keyOf(thing.rest)}]<${keyOf(thing.base)}>`
    }
    case "given":
      return `given ${thing.label} ${thing.type === undefined ? "" : numberOf(thing.type.type)}`
    case "kept":
      return `kept ${thing.label} ${thing.variable} ${thing.what === undefined ? "" : keyOf([thing.what])}`
    case "global":
      return `global ${thing.path}`
    case "imported":
      return `imported ${thing.specifier} ${thing.path}`
    case "namespace":
      return `namespace ${thing.file}`
    case "deferred":
      return `${passing}deferred ${numberOf(thing.call)}`
    case "method":
      return `method ${thing.name} ${keyOf(thing.self)}`
    case "closure":
    case "class":
      return `${thing.scope.isOfFile ? "" : passing}${thing.kind} ${numberOf(thing.node)} ${numberOf(thing.scope)}`
  }
}

const keyOfThing = (thing: Thing): string => {
  const known = keys.get(thing)
  if (known !== undefined) return known
  const shape = shapeOf(thing)
  const key = shapes.get(shape) ?? `${shape.includes(passing) ? passing : ""}${shapes.size}`
  shapes.set(shape, key)
  keys.set(thing, key)
  return key
}

/** Values of the same key are the same, as far as is known of them. */
export const keyOf = (value: Value): string => value.map(keyOfThing).join("|")

/** More than so many things are told apart no further. */
const most = 12

/** Whichever of them. */
export const join = (...values: ReadonlyArray<Value>): Value => {
  const some = values.filter((value) => value.length > 0)
  const [first] = some
  if (first === undefined) return nothing
  if (some.every((value) => value === first)) return first
  const found = new Map<string, Thing>()
  for (const value of some) for (const thing of value) found.set(keyOf([thing]), thing)
  const all = [...found.values()]
  if (all.length <= most) return all
  const owned = all.filter((thing) => thing.kind === "own")
  const others = all.filter((thing) => thing.kind !== "own")
  if (owned.length < 2) return all
  return [...others, own({ rest: others.length > most ? others : join(...owned.map((one) => inside([one]))) })]
}

const force = (one: Member): Value => (typeof one === "function" ? one() : one)

/** So many steps of a path are shown. */
const longest = 5

const labelOf = (label: string, name: string): string => {
  if (label.split(/[.[]/).length > longest) return label
  return name === any || name === held || name === heldBy
    ? `${label}[…]`
    : /^\d+$/.test(name)
      ? `${label}[${name}]`
      : `${label}.${name}`
}

const ofThing = (thing: Thing, name: string): Value => {
  switch (thing.kind) {
    case "own": {
      if (name === any) return join(...[...thing.members.values()].map(force), thing.rest, memberOf(thing.base, any))
      const found = thing.members.get(name)
      return found === undefined ? join(thing.rest, memberOf(thing.base, name)) : force(found)
    }
    case "given": {
      const type = thing.type?.member(name)
      return type?.isPlain === true ? nothing : [{ kind: "given", label: labelOf(thing.label, name), type }]
    }
    case "kept": {
      const label = labelOf(thing.label, name)
      if (thing.what === undefined) return [{ ...thing, label }]
      return keep(memberOf([thing.what], name), label, thing.variable)
    }
    default:
      return nothing
  }
}

/** A member of what holds others; of what stands for something else, `Access` knows. */
export const memberOf = (value: Value, name: string): Value =>
  value.length === 0 ? nothing : join(...value.map((thing) => ofThing(thing, name)))

/** Whatever is in a value. */
export const inside = (value: Value): Value => memberOf(value, any)

/** What a value of a file's variable is to whoever is called later. */
export const keep = (value: Value, label: string, variable: string): Value =>
  value.map((thing) => (thing.kind === "own" ? { kind: "kept", label, variable, what: thing } : thing))

/** What a loop over a value comes to: of a map, keys with values. */
export const iterated = (value: Value): Value =>
  join(
    ...value.map((thing): Value => {
      if (!madeOf([thing]).includes("Map")) return inside([thing])
      const members = new Map([
        ["0", memberOf([thing], heldBy)],
        ["1", memberOf([thing], held)]
      ])
      return [own({ made: "Array", members })]
    })
  )

/** A new container with these in it. */
export const holding = (made: string | undefined, ...values: ReadonlyArray<Value>): Value => {
  const rest = join(...values)
  return [own({ made, rest })]
}

/** A new value that has all that another one has. */
export const copyOf = (made: string | undefined, ...values: ReadonlyArray<Value>): Value => {
  const base = join(...values)
  const isArray = made === "Array"
  return [own(isArray ? { made, rest: inside(base) } : { made, base })]
}

/** The same value after something was put into it, at a name. */
export const withMember = (value: Value, name: string, put: Value): Value =>
  value.map((thing) => {
    if (thing.kind !== "own") return thing
    if (name === any) return flat({ ...thing, rest: join(thing.rest, put) })
    return flat({ ...thing, members: new Map([...thing.members, [name, put]]) })
  })

/** The global classes that a value may be an instance of. */
export const madeOf = (value: Value): ReadonlyArray<string> =>
  value.flatMap((thing) => {
    const made =
      thing.kind === "own"
        ? thing.made
        : thing.kind === "kept"
          ? thing.what?.made
          : thing.kind === "given"
            ? thing.type?.made
            : undefined
    return made === undefined ? [] : [made]
  })

export const isFunction = ({ kind }: Thing): boolean =>
  kind === "closure" || kind === "class" || kind === "deferred" || kind === "method"

/** Joins branches into the store that they were forked from: a variable has the values of all of them. */
export const meet = (store: Store, branches: ReadonlyArray<Store>): void => {
  const cells = new Set(branches.flatMap((branch) => branch.cellsSince(store)))
  const values = [...cells].map((cell) => [cell, join(...branches.map((branch) => branch.get(cell)))] as const)
  for (const [cell, value] of values) store.set(cell, value)
}
