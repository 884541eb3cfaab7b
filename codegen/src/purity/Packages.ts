/**
 * Calls of installed packages, above all of Effect. Their code is not analysed, but they call the
 * functions that they are passed.
 */
import { functionsIn, isMutableModule, touch } from "./Access.ts"
import { allOf, argsWith, at, escape, writtenArgs } from "./Calls.ts"
import { ofEffect, ofEffectCall, ofImport } from "./Impurity.ts"
import type { Args, Machine } from "./Machine.ts"
import { reduce } from "./Methods.ts"
import { nothing, type Value } from "./AbstractValue.ts"
import { copyOf, inside, isFunction, join, own } from "./ValueOperations.ts"

/** Functions that return a part of their argument. */
const taking =
  /^(getOrElse|getOrNull|getOrUndefined|getOrThrow|getOrThrowWith|headNonEmpty|lastNonEmpty|headUnsafe|lastUnsafe|getUnsafe|match|matchLeft|matchRight|merge|identity)$/

/** Packages whose functions pass a draft to the callback, which it may change. */
const drafting = /^(immer|mutative)$/

export const callImported: (machine: Machine, ...rest: Parameters<Machine["callImported"]>) => Value = (
  machine,
  specifier,
  path,
  self,
  args,
  site,
  from
) => {
  if (ofImport(specifier, path) !== undefined) {
    touch(machine, [{ kind: "imported", specifier, path }], site)
    return nothing
  }
  const impurity = ofEffectCall(specifier, path, writtenArgs(args))
  if (impurity !== undefined) machine.report(impurity, site)
  escape(machine, args, site)
  const [, name] = ofEffect(specifier, path)
  const last = path.split(".").at(-1) ?? ""
  if (/^effect(\/|$)/.test(specifier)) {
    const inOrder = /^(Function\.)?pipe$/.test(path) || /^pipe$/.test(name)
    const step = (value: Value, one: Value) => machine.call(one, nothing, argsWith(value), site, from)
    if (inOrder) return args.list.slice(1).reduce(step, at(args, 0))
    if (/^(Function\.)?flow$/.test(path) || name === "flow") {
      return [{ kind: "deferred", call: (value) => args.list.reduce(step, value) }]
    }
    if (isMutableModule(specifier, path)) machine.mutate(at(args, 0), path, site)
  }
  const callbacks = functionsIn(allOf(args))
  const data = args.list.filter((value) => !functionsIn(value).some(isFunction))
  const called = (value: Value): Value =>
    machine.maybe(() => machine.call(callbacks, nothing, argsWith(value, value), site, from))
  if (drafting.test(specifier) && callbacks.length > 0) {
    called([own()])
    return copyOf(undefined, join(...data))
  }
  if (callbacks.length === 0) {
    const given = join(...data, self, args.rest)
    return taking.test(last) ? join(given, inside(given)) : given.length === 0 ? nothing : copyOf(undefined, given)
  }
  const isReduction = last.startsWith("reduce")
  // `Array.map(items, f)`, or `Array.map(f)` in a pipe.
  const on = (value: Value, initial: Value): Value => {
    if (isReduction) return reduce(machine, inside(value), initial, callbacks, site, from)
    const results = called(join(inside(value)))
    return taking.test(last) ? join(inside(value), results) : [own({ rest: results, base: value })]
  }
  const later: Value = [{ kind: "deferred", call: (value) => on(value, at({ ...args, list: data }, 0)) }]
  if (isReduction && data.length < 2) return later
  const now = isReduction ? on(data[0] ?? nothing, data[1] ?? nothing) : on(join(...data), nothing)
  return data.length > 0 && (isReduction || !isCombinator(args)) ? now : join(now, later)
}

/** `true` if all arguments are functions, so that the data comes from a pipe. */
const isCombinator = ({ list }: Args): boolean => list.every((value) => functionsIn(value).length > 0)
