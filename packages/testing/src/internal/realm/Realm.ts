/**
 * The realm: the handler that is running, and what it touched.
 *
 * It imports only the table of impurities, which imports nothing, so that the guards are installed
 * before any other module is loaded.
 */
import type { HandlerGuard } from "eventfold/generated"
import { impurities } from "eventfold/tables"

/** Kind of an impurity. Each has its own fix. */
export type ImpurityKind = keyof typeof impurities.fixes

/**
 * Property that marks an `Impure`, so that errors from another copy of this package are recognised.
 */
const ImpureTypeId = "~eventfold/testing/Impure"

/** Error: a handler that must be pure touched something outside its arguments. */
export class Impure extends Error {
  readonly [ImpureTypeId] = ImpureTypeId
  override readonly name = "Impure"
  readonly handler: string
  readonly touched: string

  constructor(handler: string, touched: string, fix: string) {
    super(`${handler} touched ${touched}. ${fix}`)
    this.handler = handler
    this.touched = touched
  }
}

/**
 * Checks that an error is an `Impure`: a handler that must be pure touched something outside its
 * arguments.
 *
 * **When to use**
 *
 * Use it in a test that expects a handler to be impure, or where an app with `Hermetic.layer`
 * reports defects. It also recognises errors of another copy of this package.
 *
 * **Details**
 *
 * `handler` is the name of the handler, and `touched` is what it touched, such as
 * `the clock (Date.now)`.
 *
 * @example
 * ```ts
 * import { Hermetic } from "@eventfold/testing"
 *
 * const touchedBy = (handler: () => unknown) => {
 *   try {
 *     Hermetic.run("handler", handler)
 *     return undefined
 *   } catch (error) {
 *     return Hermetic.isImpure(error) ? error.touched : String(error)
 *   }
 * }
 * touchedBy(() => 1 + 1) // undefined
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isImpure = (error: unknown): error is Error & { readonly handler: string; readonly touched: string } =>
  typeof error === "object" && error !== null && ImpureTypeId in error

interface Realm {
  /** Name of the handler that is running, if any. */
  handler: string | undefined
  /** Tag of its event or command; empty if the name of the handler contains it. */
  given: string
  /** First `Impure` of the handler: it is thrown at the end even if the handler caught it. */
  caught: Impure | undefined
  /** `true` once the guards are installed. */
  isGuarded: boolean
}

// One for the whole process: a second copy of this module finds the guards installed, and has to
// set the flag that they read.
const registered = Symbol.for("@eventfold/testing/Hermetic")
const known = Reflect.get(globalThis, registered) as Realm | undefined
const realm: Realm = known ?? { handler: undefined, given: "", caught: undefined, isGuarded: false }
if (known === undefined) Object.defineProperty(globalThis, registered, { value: realm })

/** Installs the guards, unless another copy of this package has installed them. */
export const guardOnce = (install: () => void): void => {
  if (realm.isGuarded) return
  realm.isGuarded = true
  install()
}

/** Checks that a handler is running. */
export const isRunning = (): boolean => realm.handler !== undefined

/** Runs code that the handler is not responsible for, such as printing. */
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
 * Runs a synchronous pure function. Errors name it by `name`.
 *
 * **When to use**
 *
 * Use it around a handler in a test of your own. `Laws.hermetic` runs `apply` and `decide` in the
 * realm with random histories.
 *
 * **Details**
 *
 * Throws `Impure` if the function touches the clock, randomness, the environment, the locale or
 * time zone of the machine, files, the network, timers or promises, even if the function catches
 * the error.
 *
 * **Gotchas**
 *
 * Import `@eventfold/testing` before the code under test. A reference that was taken from a global
 * earlier, such as `const { now } = Date`, is not guarded.
 *
 * @example
 * ```ts
 * import { Hermetic } from "@eventfold/testing"
 *
 * Hermetic.run("Account.apply CashDeposited", () => 1 + 1) // 2
 * // Hermetic.run("Account.apply CashDeposited", () => Date.now()) throws:
 * // Account.apply CashDeposited touched the clock (Date.now). Put the time into the event: …
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const run = <A>(name: string, f: () => A): A => guarded(name, "", f)

/** {@link run} with the name in two parts. It runs for every event, so only an error joins them. */
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
      // The result is dropped, and an unhandled rejection would end the process.
      result.then(undefined, () => undefined)
      throw found ?? new Impure(nameOf(name, tag), "a Promise", sentence(impurities.fixes.later))
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

/** A fix of the table as a sentence. */
const sentence = (fix: string): string => `${fix.slice(0, 1).toUpperCase()}${fix.slice(1)}.`

/** Throws `Impure` if a handler is running. */
export const refuse = (touched: string, kind: ImpurityKind): void => {
  if (realm.handler === undefined) return
  const impure = new Impure(nameOf(realm.handler, realm.given), touched, sentence(impurities.fixes[kind]))
  realm.caught ??= impure
  throw impure
}
