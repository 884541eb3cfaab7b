/**
 * Operations on values: their members, what joins several of them, and keys by which equal values
 * are found.
 */
import { type Member, nothing, type Own, type Store, type AbstractValue, type Value } from "./AbstractValue.ts"
import { any, held, heldBy } from "./MemberName.ts"

const none: ReadonlyMap<string, Member> = new Map()

/** Creates an object of the analysed code. */
export const own = (parts: Partial<Omit<Own, "kind">> = {}): Own =>
  flat({ kind: "own", made: undefined, of: undefined, members: none, rest: nothing, base: nothing, ...parts })

const depths = new WeakMap<AbstractValue, number>()

const depthOf = (candidate: AbstractValue): number => {
  if (candidate.kind === "kept") return candidate.what === undefined ? 0 : depthOf(candidate.what)
  if (candidate.kind !== "own") return 0
  const known = depths.get(candidate)
  if (known !== undefined) return known
  const held = [...candidate.members.values()].flatMap((one) => (typeof one === "function" ? [] : one))
  const depth = 1 + Math.max(0, ...[...held, ...candidate.rest, ...candidate.base].map(depthOf))
  depths.set(candidate, depth)
  return depth
}

/** Levels of nested objects whose members are tracked separately. */
const maxDepth = 10

/** Collects the candidates that an object holds at any depth, without the objects between. */
const leavesOf = (value: Value, into: Set<AbstractValue> = new Set()): Set<AbstractValue> => {
  for (const candidate of value) {
    if (into.has(candidate)) continue
    if (candidate.kind !== "own") into.add(candidate)
    else {
      const held = [...candidate.members.values()].flatMap((one) => (typeof one === "function" ? [] : one))
      leavesOf([...held, ...candidate.rest, ...candidate.base], into)
    }
  }
  return into
}

const flat = (candidate: Own): Own =>
  depthOf(candidate) <= maxDepth
    ? candidate
    : { ...candidate, members: none, base: nothing, rest: [...leavesOf([candidate])].slice(0, maxCandidates) }

const numbers = new WeakMap<object, number>()
let last = 0
const numberOf = (one: object): number => {
  const known = numbers.get(one)
  if (known !== undefined) return known
  numbers.set(one, ++last)
  return last
}

/**
 * Mark in the key of a function that reads variables of a call: they can have other values in the
 * next call.
 */
export const volatileMark = "~"

const keys = new WeakMap<AbstractValue, string>()
/**
 * Short keys by the full description of a candidate, so that the key of an object with many members
 * is short too.
 */
const shapes = new Map<string, string>()

const shapeOf = (candidate: AbstractValue): string => {
  switch (candidate.kind) {
    case "own": {
      const members = [...candidate.members].map(
        ([name, one]) => `${name}:${typeof one === "function" ? numberOf(one) : keyOf(one)}`
      )
      const of = candidate.of === undefined ? "" : keyOf([candidate.of])
      return `own ${candidate.made ?? ""} ${of}{${members.join()}}[${keyOf(candidate.rest)}]<${keyOf(candidate.base)}>`
    }
    case "given":
      return `given ${candidate.label} ${candidate.type === undefined ? "" : numberOf(candidate.type.type)}`
    case "kept":
      return `kept ${candidate.label} ${candidate.variable} ${candidate.what === undefined ? "" : keyOf([candidate.what])}`
    case "global":
      return `global ${candidate.path}`
    case "imported":
      return `imported ${candidate.specifier} ${candidate.path}`
    case "namespace":
      return `namespace ${candidate.file}`
    case "deferred":
      return `${volatileMark}deferred ${numberOf(candidate.call)}`
    case "method":
      return `method ${candidate.name} ${keyOf(candidate.self)}`
    case "closure":
    case "class":
      return `${candidate.scope.isOfFile ? "" : volatileMark}${candidate.kind} ${numberOf(candidate.node)} ${numberOf(candidate.scope)}`
  }
}

const keyOfOne = (candidate: AbstractValue): string => {
  const known = keys.get(candidate)
  if (known !== undefined) return known
  const shape = shapeOf(candidate)
  const key = shapes.get(shape) ?? `${shape.includes(volatileMark) ? volatileMark : ""}${shapes.size}`
  shapes.set(shape, key)
  keys.set(candidate, key)
  return key
}

/** Returns a key of a value. Values with the same key are equal for the analysis. */
export const keyOf = (value: Value): string => value.map(keyOfOne).join("|")

/** Candidates of a value that are tracked separately. Further ones are merged. */
const maxCandidates = 12

/** Returns a value with the candidates of all given values. */
export const join = (...values: ReadonlyArray<Value>): Value => {
  const some = values.filter((value) => value.length > 0)
  const [first] = some
  if (first === undefined) return nothing
  if (some.every((value) => value === first)) return first
  const found = new Map<string, AbstractValue>()
  for (const value of some) for (const candidate of value) found.set(keyOf([candidate]), candidate)
  const all = [...found.values()]
  if (all.length <= maxCandidates) return all
  const owned = all.filter((candidate) => candidate.kind === "own")
  const others = all.filter((candidate) => candidate.kind !== "own")
  if (owned.length < 2) return all
  return [...others, own({ rest: others.length > maxCandidates ? others : join(...owned.map((one) => inside([one]))) })]
}

const force = (one: Member): Value => (typeof one === "function" ? one() : one)

/** Steps of a path that a message shows. */
const maxLabelSteps = 5

const labelOf = (label: string, name: string): string => {
  if (label.split(/[.[]/).length > maxLabelSteps) return label
  return name === any || name === held || name === heldBy
    ? `${label}[…]`
    : /^\d+$/.test(name)
      ? `${label}[${name}]`
      : `${label}.${name}`
}

const memberOfOne = (candidate: AbstractValue, name: string): Value => {
  switch (candidate.kind) {
    case "own": {
      if (name === any)
        return join(...[...candidate.members.values()].map(force), candidate.rest, memberOf(candidate.base, any))
      const found = candidate.members.get(name)
      return found === undefined ? join(candidate.rest, memberOf(candidate.base, name)) : force(found)
    }
    case "given": {
      const type = candidate.type?.member(name)
      return type?.isPlain === true ? nothing : [{ kind: "given", label: labelOf(candidate.label, name), type }]
    }
    case "kept": {
      const label = labelOf(candidate.label, name)
      if (candidate.what === undefined) return [{ ...candidate, label }]
      return keep(memberOf([candidate.what], name), label, candidate.variable)
    }
    default:
      return nothing
  }
}

/**
 * Returns a member of a value that holds members. `Access` resolves members of all other values.
 */
export const memberOf = (value: Value, name: string): Value =>
  value.length === 0 ? nothing : join(...value.map((candidate) => memberOfOne(candidate, name)))

/** Returns all members and elements of a value. */
export const inside = (value: Value): Value => memberOf(value, any)

/** Returns the value of a file's variable as a later call sees it: kept between calls. */
export const keep = (value: Value, label: string, variable: string): Value =>
  value.map((candidate) => (candidate.kind === "own" ? { kind: "kept", label, variable, what: candidate } : candidate))

/** Returns what a loop over a value iterates: the elements, or pairs of key and value for a map. */
export const iterated = (value: Value): Value =>
  join(
    ...value.map((candidate): Value => {
      if (!madeOf([candidate]).includes("Map")) return inside([candidate])
      const members = new Map([
        ["0", memberOf([candidate], heldBy)],
        ["1", memberOf([candidate], held)]
      ])
      return [own({ made: "Array", members })]
    })
  )

/** Creates a container with these elements. */
export const holding = (made: string | undefined, ...values: ReadonlyArray<Value>): Value => {
  const rest = join(...values)
  return [own({ made, rest })]
}

/** Creates a copy: a new value with the members of the given ones. */
export const copyOf = (made: string | undefined, ...values: ReadonlyArray<Value>): Value => {
  const base = join(...values)
  const isArray = made === "Array"
  return [own(isArray ? { made, rest: inside(base) } : { made, base })]
}

/** Returns a value with one member set. */
export const withMember = (value: Value, name: string, put: Value): Value =>
  value.map((candidate) => {
    if (candidate.kind !== "own") return candidate
    if (name === any) return flat({ ...candidate, rest: join(candidate.rest, put) })
    return flat({ ...candidate, members: new Map([...candidate.members, [name, put]]) })
  })

/** Returns the global classes that a value can be an instance of. */
export const madeOf = (value: Value): ReadonlyArray<string> =>
  value.flatMap((candidate) => {
    const made =
      candidate.kind === "own"
        ? candidate.made
        : candidate.kind === "kept"
          ? candidate.what?.made
          : candidate.kind === "given"
            ? candidate.type?.made
            : undefined
    return made === undefined ? [] : [made]
  })

export const isFunction = ({ kind }: AbstractValue): boolean =>
  kind === "closure" || kind === "class" || kind === "deferred" || kind === "method"

/**
 * Joins branches into the store that they were forked from: a variable has the values of all of
 * them.
 */
export const meet = (store: Store, branches: ReadonlyArray<Store>): void => {
  const cells = new Set(branches.flatMap((branch) => branch.cellsSince(store)))
  const values = [...cells].map((cell) => [cell, join(...branches.map((branch) => branch.get(cell)))] as const)
  for (const [cell, value] of values) store.set(cell, value)
}
