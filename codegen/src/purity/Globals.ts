/** Calls of built-in functions: `Object.assign`, `new Map`, `Array.from`. */
import { functionsIn } from "./Access.ts"
import { allOf, argsWith, at, escape, impurityOfCall, writtenArgs } from "./Calls.ts"
import { textOfDate } from "./Impurity.ts"
import type { Args, Machine } from "./Machine.ts"
import { nothing, type Value } from "./AbstractValue.ts"
import { any } from "./MemberName.ts"
import { copyOf, holding, inside, iterated, join, madeOf, memberOf, own } from "./ValueOperations.ts"

/** Functions that change their first argument. */
const changing =
  /^(Object\.(assign|defineProperty|defineProperties|setPrototypeOf)|Reflect\.(set|deleteProperty|defineProperty|setPrototypeOf)|Atomics\.(add|and|exchange|or|store|sub|xor))$/

const assigned = (args: Args): Value => {
  const sources = join(...args.list.slice(1), args.rest)
  return at(args, 0).map((candidate) =>
    candidate.kind === "own" ? own({ ...candidate, base: join(candidate.base, sources) }) : candidate
  )
}

export const callGlobal: (machine: Machine, ...rest: Parameters<Machine["callGlobal"]>) => Value = (
  machine,
  path,
  args,
  site,
  from,
  isNew
) => {
  const first = at(args, 0)
  const impurity = impurityOfCall(path, args, isNew)
  if (impurity !== undefined) {
    machine.report(impurity, site)
    return nothing
  }
  const borrowed = /^(?:Array|Map|Set|Date|String|Number|Object)\.prototype\.(\w+)\.(call|apply)$/.exec(path)
  if (borrowed !== null) {
    const [, name = "", how] = borrowed
    const rest: Args =
      how === "call"
        ? { list: args.list.slice(1), rest: args.rest, nodes: args.nodes.slice(1) }
        : { list: [], rest: inside(at(args, 1)), nodes: [] }
    machine.discarded.add(site.node)
    return machine.method(first, name, rest, site, from)
  }
  if (changing.test(path)) {
    machine.mutate(first, path, site)
    return path === "Object.assign" ? assigned(args) : first
  }
  const callbacks = functionsIn(allOf(args))
  switch (path) {
    case "Reflect.apply":
      return machine.call(first, at(args, 1), { list: [], rest: inside(at(args, 2)), nodes: [] }, site, from)
    case "Reflect.construct": {
      const node = args.nodes[1]
      const written = node !== undefined && "elements" in node && Array.isArray(node.elements) ? node.elements : []
      const elements = written.map((_, i) => memberOf(at(args, 1), String(i)))
      return machine.construct(first, { list: elements, rest: nothing, nodes: written }, site, from)
    }
    case "Reflect.get": {
      const name = writtenArgs(args)[1]?.text ?? any
      return machine.touch(machine.access(first, name, site), site)
    }
    case "Reflect.getPrototypeOf":
    case "Object.getPrototypeOf":
      return madeOf(first).length > 0 ? [own({ made: madeOf(first)[0] })] : nothing
    case "Object.freeze":
    case "Object.seal":
    case "Object.preventExtensions":
      return first
    case "Object.values":
      return holding("Array", inside(first))
    case "Object.entries":
      return holding("Array", holding("Array", inside(first)))
    case "Object.fromEntries":
      return holding("Object", inside(inside(first)))
    case "Object.create":
      return copyOf("Object", first)
    case "Object.groupBy":
    case "Map.groupBy":
      machine.maybe(() => machine.call(callbacks, nothing, argsWith(inside(first)), site, from))
      return holding(path === "Map.groupBy" ? "Map" : "Object", holding("Array", inside(first)))
    case "Array.from":
      return callbacks.length === 0
        ? holding("Array", iterated(first))
        : holding(
            "Array",
            machine.maybe(() => machine.call(callbacks, nothing, argsWith(iterated(first)), site, from))
          )
    case "Array.of":
      return holding("Array", allOf(args))
    case "Map":
    case "WeakMap":
      return holding(path, memberOf(iterated(first), "1"))
    case "Object":
      return first.length === 0 ? [own({ made: "Object" })] : first
    case "String":
      if (madeOf(first).includes("Date")) machine.report(textOfDate, site)
      return nothing
    default: {
      escape(machine, args, site)
      machine.maybe(() => machine.call(callbacks, nothing, argsWith(), site, from))
      // An instance of a built-in type holds the elements of its argument.
      return isNew || /^(Array|Intl\..*)$/.test(path) ? holding(path, inside(first)) : nothing
    }
  }
}
