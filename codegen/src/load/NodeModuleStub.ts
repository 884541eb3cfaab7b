/**
 * Stands in for a Node.js module that a schema file imports. All names can be imported, and throw
 * when they are used.
 *
 * The import is reported as a problem. With the stub the file continues to load, so that other
 * problems are reported, too.
 */

const scheme = "eventfold-refused:"
const stubKey = Symbol.for("@eventfold/codegen/NodeModuleStub")

/**
 * Installs the function that creates stubs. Every property of a stub is the stub again; any other
 * use calls `refuse`.
 */
export const provide = (refuse: (name: string) => never): void => {
  Reflect.set(globalThis, stubKey, (name: string): unknown => {
    const stop = () => refuse(name)
    const stub: unknown = new Proxy(function refused() {}, {
      get: (_target, key) => (typeof key === "symbol" ? stop() : stub),
      apply: stop,
      construct: stop,
      set: stop,
      has: stop,
      ownKeys: stop
    })
    return stub
  })
}

/** Returns the URL of the stub of a module. */
export const urlOf = (name: string): string => scheme + name

/** Returns the source of a stub; `undefined` if the URL is that of another module. */
export const sourceOf = (url: string): string | undefined => {
  if (!url.startsWith(scheme)) return undefined
  const name = url.slice(scheme.length)
  const names = Object.keys(process.getBuiltinModule(name) ?? {}).filter((one) => one !== "default")
  const stub = `globalThis[Symbol.for("@eventfold/codegen/NodeModuleStub")](${JSON.stringify(name)})`
  const exports = names.map((name, i) => `const export${i} = stub\nexport { export${i} as ${JSON.stringify(name)} }`)
  return [`const stub = ${stub}`, "export default stub", ...exports, ""].join("\n")
}
