/** A guard: something of the world that asks whether a handler is running, and refuses itself to it. */
import { isRunning, type Kind, refuse } from "./Realm.ts"

export type Args = ReadonlyArray<unknown>

/** What is touched and how that is mended; undefined where a call is pure. */
type Touch = readonly [touched: string, kind: Kind]
export type Verdict = (args: Args, isNew: boolean) => Touch | undefined
export type Guarded = (...args: ReadonlyArray<never>) => unknown

export const isFunction = (value: unknown): value is Guarded => typeof value === "function"
export const always =
  (touched: string, kind: Kind): Verdict =>
  () => [touched, kind]

/** Functions that ask already, each under the one that it stands for, and under itself. */
const standing = new WeakMap<Guarded, Guarded>()

/** A function plus the question whether a handler is running. */
export const asking = (original: Guarded, verdict: Verdict): Guarded => {
  const known = standing.get(original)
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
  standing.set(original, value)
  standing.set(value, value)
  const prototype: unknown = original.prototype
  if (typeof prototype === "object" && prototype !== null && prototype.constructor === original) {
    // `new (date.constructor)()` is the same as `new Date()`.
    Object.defineProperty(prototype, "constructor", { value, writable: true, configurable: true })
  }
  return value
}

export const guard = (owner: object, key: string, verdict: Verdict) => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  const original: unknown = descriptor?.value
  if (descriptor?.configurable !== true || !isFunction(original)) return
  Object.defineProperty(owner, key, { ...descriptor, value: asking(original, verdict) })
}

export const guardAll = (owner: unknown, label: string, kind: Kind, keys: ReadonlyArray<string> | RegExp) => {
  if ((typeof owner !== "object" && typeof owner !== "function") || owner === null) return
  const names = keys instanceof RegExp ? Object.getOwnPropertyNames(owner).filter((name) => keys.test(name)) : keys
  for (const key of names) guard(owner, key, always(`${label}${key}`, kind))
}

/** A global whose successors are guarded as well: fake timers put others in its place, and the first one back. */
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

export const guardGlobals = (label: string, kind: Kind, keys: ReadonlyArray<string>) => {
  for (const key of keys) {
    const verdict = always(`${label}${key}`, kind)
    guardGlobal(key, (value) => (isFunction(value) ? asking(value, verdict) : value))
  }
}

/** Turns a property into one that refuses to be read while a handler is running. */
export const guardRead = (owner: unknown, key: string, touched: string, kind: Kind) => {
  if (typeof owner !== "object" || owner === null) return
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
