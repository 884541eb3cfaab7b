/** Reads programs as they would run, with values of which only that is known which matters: whose they are. */
import type { ts } from "../syntax/Syntax.ts"
import * as Access from "./Access.ts"
import * as Calls from "./Calls.ts"
import * as Classes from "./Classes.ts"
import * as Expressions from "./Expressions.ts"
import { Findings, type Found } from "./Findings.ts"
import * as Globals from "./Globals.ts"
import type { Machine } from "./Machine.ts"
import * as Methods from "./Methods.ts"
import * as Packages from "./Packages.ts"
import * as Patterns from "./Patterns.ts"
import type { Program } from "./Program.ts"
import { nothing, Store, type Value } from "./AbstractValue.ts"
import { keyOf, passing, meet } from "./ValueOperations.ts"
import * as Statements from "./Statements.ts"
import { mutate } from "./Mutation.ts"
import * as Variables from "./Variables.ts"

/** A function that calls itself is followed so deep. */
const deepest = 2
/** After so many calls of a handler, functions that it came to before are not looked at again: more than people write. */
const patience = 2_000

interface Called {
  readonly value: Value
  readonly self: Value
}

export const make = (program: Program): Machine => {
  const findings = new Findings()
  const running = new Map<ts.Node, number>()
  const seen = new Set<ts.Node>()
  const memo = new Map<string, { readonly result: Called; readonly found: ReadonlyArray<Found> }>()
  const lasting = new Store()
  /** Calls that are being looked at, those since the outermost one, and those that were not followed. */
  let depth = 0
  let calls = 0
  let cuts = 0

  const machine: Machine = {
    program,
    findings,
    store: lasting,
    loading: false,
    discarded: new WeakSet(),
    evaluate: (node, scope, isBase = false) => Expressions.evaluate(machine, node, scope, isBase),
    execute: (statements, scope) => Statements.execute(machine, statements, scope),
    bind: (name, value, scope) => Patterns.bind(machine, name, value, scope),
    assign: (target, value, scope) => Patterns.assign(machine, target, value, scope),
    update: (target, scope, change) => Patterns.update(machine, target, scope, change),
    access: (value, name, site) => Access.access(machine, value, name, site),
    exact: (value, name, site) => Access.exact(machine, value, name, site),
    touch: (value, site) => Access.touch(machine, value, site),
    report: (impurity, site, variable) =>
      findings.report({ ...impurity, site, path: [], ...(variable === undefined ? {} : { variable }) }),
    mutate: (value, how, site) => mutate(machine, value, how, site),
    call: (...rest) => Calls.call(machine, ...rest),
    construct: (...rest) => Classes.construct(machine, ...rest),
    method: (...rest) => Methods.method(machine, ...rest),
    callImported: (...rest) => Packages.callImported(machine, ...rest),
    callGlobal: (...rest) => Globals.callGlobal(machine, ...rest),
    memberOfClass: (...rest) => Classes.memberOfClass(machine, ...rest),
    classOf: (node, scope) => ({ kind: "class", node, scope, name: node.name?.text ?? "a class" }),
    variable: (module, name, site) => Variables.read(machine, variables, module, name, site),
    loaded: (module, node) => Variables.evaluateIn(machine, variables, module, node),
    exported: (module, name, site) => Variables.ofOrigin(machine, variables, program.exported(module, name), site),
    initialise: (module, name, change) => Variables.initialise(machine, variables, module, name, change),
    once: (run) => {
      let known: { readonly result: Value; readonly found: ReadonlyArray<Found> } | undefined
      return () => {
        known ??= findings.collect(() => machine.whileLoading(run))
        findings.replay(known.found)
        return known.result
      }
    },
    maybe: (run) => {
      const before = machine.store
      const after = before.fork()
      machine.store = after
      const result = run()
      machine.store = before
      meet(before, [after, before.fork()])
      return result
    },
    whileLoading: (run) => {
      const { loading, store } = machine
      machine.loading = true
      // What is loaded stays, whatever becomes of the branch that came to it first.
      machine.store = lasting
      try {
        return run()
      } finally {
        machine.loading = loading
        machine.store = store
      }
    },
    callClosure: (closure, self, args, site, from) => {
      const { name, node, scope } = closure
      if (depth === 0) {
        calls = 0
        seen.clear()
      }
      const again = running.get(node) ?? 0
      calls++
      if (again >= deepest || (calls > patience && seen.has(node))) {
        cuts++
        return { value: nothing, self }
      }
      seen.add(node)
      const keys = [self, args.rest, ...args.list].map((value) => keyOf(value)).join(" ; ")
      const key = `${machine.loading} ${keyOf([closure])} ${keys}`
      // What a function within another one does depends on variables of that.
      const known = key.includes(passing) ? undefined : memo.get(key)
      const look = () => {
        running.set(node, again + 1)
        depth++
        try {
          return Calls.run(machine, closure, self, args)
        } finally {
          depth--
          running.set(node, again)
        }
      }
      const before = cuts
      const { found, result } = known ?? findings.collect(look)
      // What was not followed to its end is no answer for the next one who asks.
      if (known === undefined && scope.isOfFile && cuts === before) memo.set(key, { found, result })
      findings.replay(found, Calls.isStep(closure, from) ? { what: "calls", name, site } : undefined)
      return result
    }
  }
  const variables = Variables.make()
  return machine
}
