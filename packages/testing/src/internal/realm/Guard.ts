/** Guards: replacements for functions and properties that throw while a handler is running. */
import { type ImpurityKind, isRunning, refuse } from "./Realm.ts"

export type Args = ReadonlyArray<unknown>

type Touch = readonly [touched: string, kind: ImpurityKind]

/** Decides by the arguments of a call what it touches; `undefined` if the call is pure. */
export type Verdict = (args: Args, isNew: boolean) => Touch | undefined
export type Guarded = (...args: ReadonlyArray<never>) => unknown

export const isFunction = (value: unknown): value is Guarded => typeof value === "function"
export const always =
  (touched: string, kind: ImpurityKind): Verdict =>
  () => [touched, kind]

/** Guarded functions by their originals and by the guarded functions. */
const guardedFunctions = new WeakMap<Guarded, Guarded>()

/** Wraps a function: while a handler is running, a call that the verdict finds impure throws. */
export const guardedFunction = (original: Guarded, verdict: Verdict): Guarded => {
  const known = guardedFunctions.get(original)
  if (known !== undefined) return known
  const ask = (args: Args, isNew: boolean) => {
    if (!isRunning()) return
    const touch = verdict(args, isNew)
    if (touch !== undefined) refuse(...touch)
  }
  const value = new Proxy(original, {
    apply: (target, self: unknown, args: Args) => (ask(args, false), Reflect.apply(target, self, args)),
    construct: (target, args: Args, newTarget) => (
      ask(args, true),
      Reflect.construct(target, args, newTarget) as object
    )
  })
  guardedFunctions.set(original, value)
  guardedFunctions.set(value, value)
  const prototype: unknown = original.prototype
  if (typeof prototype === "object" && prototype !== null && prototype.constructor === original) {
    // `new (date.constructor)()` is the same as `new Date()`.
    Object.defineProperty(prototype, "constructor", { value, writable: true, configurable: true })
  }
  return value
}

/** Guards a method of an object. */
export const guardMethod = (owner: object, key: string, verdict: Verdict) => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  const original: unknown = descriptor?.value
  if (descriptor?.configurable !== true || !isFunction(original)) return
  Object.defineProperty(owner, key, { ...descriptor, value: guardedFunction(original, verdict) })
}

/** Guards a property of an object: a handler must not read it. */
export const guardRead = (owner: object, key: string, touched: string, kind: ImpurityKind) => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  if (descriptor?.configurable !== true) return
  let value: unknown = descriptor.value
  const get = descriptor.get ?? (() => value)
  const set = descriptor.writable === true ? (next: unknown) => void (value = next) : descriptor.set
  Object.defineProperty(owner, key, {
    configurable: true,
    enumerable: descriptor.enumerable === true,
    get(this: unknown): unknown {
      refuse(touched, kind)
      return Reflect.apply(get, this, [])
    },
    ...(set === undefined ? {} : { set })
  })
}

/** Guards a member that is impure in every call, or in every read if it is no function. */
export const guardMember = (owner: object, key: string, touched: string, kind: ImpurityKind) => {
  const isMethod = isFunction(Object.getOwnPropertyDescriptor(owner, key)?.value)
  return isMethod ? guardMethod(owner, key, always(touched, kind)) : guardRead(owner, key, touched, kind)
}

/**
 * Guards a global and its replacements: fake timers replace the global, and restore the first value
 * later.
 */
export const guardGlobal = (key: string, guarding: (value: unknown) => unknown) => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, key)
  if (descriptor?.configurable !== true) return
  let value = guarding(Reflect.get(globalThis, key))
  Object.defineProperty(globalThis, key, {
    configurable: true,
    enumerable: descriptor.enumerable === true,
    get: () => value,
    set: (next: unknown) => {
      value = guarding(next)
    }
  })
}
