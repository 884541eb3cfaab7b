/**
 * What a file gets that imports a module of Node's: names that can be imported and refuse to be used.
 *
 * The import itself has been noted as a problem; with this the file goes on, so that whatever else is wrong is told as well.
 */

const scheme = "eventfold-refused:"
const shared = Symbol.for("@eventfold/codegen/StandIn")

/** Anything that is read from it is itself again; whatever else is done with it throws. */
export const provide = (refuse: (name: string) => never): void => {
  Reflect.set(globalThis, shared, (name: string): unknown => {
    const stop = () => refuse(name)
    const one: unknown = new Proxy(function refused() {}, {
      get: (_target, key) => (typeof key === "symbol" ? stop() : one),
      apply: stop,
      construct: stop,
      set: stop,
      has: stop,
      ownKeys: stop
    })
    return one
  })
}

export const urlOf = (name: string): string => scheme + name

/** The source of a stand-in, if the URL is one's. */
export const sourceOf = (url: string): string | undefined => {
  if (!url.startsWith(scheme)) return undefined
  const name = url.slice(scheme.length)
  const names = Object.keys(process.getBuiltinModule(name) ?? {}).filter((one) => one !== "default")
  const one = `globalThis[Symbol.for("@eventfold/codegen/StandIn")](${JSON.stringify(name)})`
  const exports = names.map((name, i) => `const export${i} = one\nexport { export${i} as ${JSON.stringify(name)} }`)
  return [`const one = ${one}`, "export default one", ...exports, ""].join("\n")
}
