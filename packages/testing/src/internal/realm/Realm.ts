/** The realm itself: whether a handler is running, and what it touched. It imports nothing, so that the guards can stand before all else. */
import type { HandlerGuard } from "eventfold/generated"

/** Marks an `Impure`, so that one from another copy of this package is known too. */
export const ImpureTypeId = "~eventfold/testing/Impure"

/** A handler that should be pure touched the world. */
export class Impure extends Error {
  readonly [ImpureTypeId] = ImpureTypeId
  override readonly name = "Impure"
  readonly handler: string
  readonly touched: string

  constructor(handler: string, touched: string, instead: string) {
    super(`${handler} touched ${touched}. ${instead}`)
    this.handler = handler
    this.touched = touched
  }
}

/** Whether an error is an `Impure`. */
export const isImpure = (error: unknown): error is Impure =>
  typeof error === "object" && error !== null && ImpureTypeId in error

interface Realm {
  /** The handler that is running now, if any. */
  handler: string | undefined
  /** The event or command that it was given; empty where that is part of the handler's name. */
  given: string
  /** What it touched first, so that a handler cannot hide it by catching. */
  caught: Impure | undefined
  /** Whether the guards stand. */
  isGuarded: boolean
}

// One for the whole process: a second copy of this module finds the guards in place, and has to set the flag they ask.
const registered = Symbol.for("@eventfold/testing/Hermetic")
const known = Reflect.get(globalThis, registered) as Realm | undefined
const realm: Realm = known ?? { handler: undefined, given: "", caught: undefined, isGuarded: false }
if (known === undefined) Object.defineProperty(globalThis, registered, { value: realm })

/** Puts up the guards, unless another copy of this package has. */
export const guardOnce = (install: () => void): void => {
  if (realm.isGuarded) return
  realm.isGuarded = true
  install()
}

export const isRunning = (): boolean => realm.handler !== undefined

/** Runs something that is not the handler's doing. */
export const outside = <A>(f: () => A): A => {
  const { handler } = realm
  realm.handler = undefined
  try {
    return f()
  } finally {
    realm.handler = handler
  }
}

/**
 * Runs a synchronous pure function; `name` is the handler that an error should name.
 *
 * **When to use**
 *
 * In a test of your own around a handler. `Laws.hermetic` does it for `apply` and `decide` with random histories.
 *
 * **Details**
 *
 * Throws `Impure` where the function touches the clock, randomness, the environment, the machine's locale or time zone,
 * files, the network, timers or promises; also where it catches that error itself.
 *
 * **Gotchas**
 *
 * Import `@eventfold/testing` before the code under test: what was taken out of a global before is not guarded.
 *
 * @example
 * ```ts
 * import { Hermetic } from "@eventfold/testing"
 *
 * Hermetic.run("Account.apply CashDeposited", () => 1 + 1) // 2
 * // Hermetic.run("Account.apply CashDeposited", () => Date.now()) throws:
 * // Account.apply CashDeposited touched the clock (Date.now). Put the time into the event: …
 * ```
 */
export const run = <A>(name: string, f: () => A): A => guarded(name, "", f)

/** Names are put together only where one is needed: this is run for every event. */
export const guarded: HandlerGuard.Guard = (name, tag, f) => {
  const { caught, given, handler } = realm
  realm.handler = name
  realm.given = tag
  realm.caught = undefined
  try {
    const result = f()
    const found = realm.caught
    if (isThenable(result)) {
      realm.handler = undefined
      // What it comes to is nobody's concern any more: a rejection would end the process.
      result.then(undefined, () => undefined)
      const instead = "A handler returns its result at once: do the waiting before the command."
      throw found ?? new Impure(nameOf(name, tag), "a Promise", instead)
    }
    if (found !== undefined) throw found
    return result
  } finally {
    realm.handler = handler
    realm.given = given
    realm.caught = caught
  }
}

const nameOf = (handler: string, given: string) => (given === "" ? handler : `${handler} ${given}`)

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function"

const instead = {
  clock: "Put the time into the event: a decision takes it from facts.now.",
  random: "Put the value into the event: a decision takes ids from Decider.id(facts, …).",
  locale: "Name the locale and the time zone, or compare code units with < and >.",
  localTime: "Use the UTC methods, or DateTime.Utc: the answer depends on the machine's time zone.",
  outside: "Put what was read into the command, and from there into the event.",
  later: "A handler is one synchronous step; nothing may happen after it.",
  memory: "What the garbage collector does is not part of the history."
}
export type Kind = keyof typeof instead

export const refuse = (touched: string, kind: Kind): void => {
  if (realm.handler === undefined) return
  const impure = new Impure(nameOf(realm.handler, realm.given), touched, instead[kind])
  realm.caught ??= impure
  throw impure
}
