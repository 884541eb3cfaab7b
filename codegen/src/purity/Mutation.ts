/** Changes of what the code did not make itself. */
import { ofGlobal } from "./Impurity.ts"
import type { Site } from "./Findings.ts"
import type { Machine } from "./Machine.ts"
import type { Value } from "./AbstractValue.ts"
import { any } from "./MemberName.ts"

const shown = (label: string, how: string): string =>
  how.endsWith(")") || /^(Object|Reflect|Atomics|Mutable\w*)\./.test(how)
    ? `${label} (${how})`
    : how === any
      ? `${label}[…]`
      : /^\d+$/.test(how)
        ? `${label}[${how}]`
        : `${label}.${how}`

/** Reports that a value is changed, unless it is the code's own; while a file is loaded, its variables are being filled. */
export const mutate = (machine: Machine, value: Value, how: string, site: Site): void => {
  for (const thing of value) {
    if (thing.kind === "given") {
      return machine.report({ kind: "given", touched: `${shown(thing.label, how)}, which it was given` }, site)
    }
    if (thing.kind === "kept" && !machine.loading) {
      const touched = `${shown(thing.label, how)}, which is kept between calls`
      return machine.report({ kind: "kept", touched }, site, thing.variable)
    }
    if (thing.kind === "class" && thing.scope.isOfFile && !machine.loading) {
      const touched = `${shown(thing.name, how)}, which is kept between calls`
      return machine.report({ kind: "kept", touched }, site, `${thing.scope.frame.module.path}#${thing.name}`)
    }
    if (thing.kind === "closure" && thing.scope.isOfFile && !machine.loading) {
      return machine.report({ kind: "kept", touched: `${shown(thing.name, how)}, which is kept between calls` }, site)
    }
    if (thing.kind === "global" && thing.path !== "(constructor)") {
      const path = `${thing.path}.${how}`
      const impurity = ofGlobal(path)
      const touched = `${path}, a global, which is kept between calls`
      return machine.report(impurity ?? { kind: "kept", touched }, site)
    }
    if (thing.kind === "imported" && !machine.loading) {
      const touched = `${shown(thing.path, how)} of ${thing.specifier}, which is kept between calls`
      return machine.report({ kind: "kept", touched }, site)
    }
  }
}
