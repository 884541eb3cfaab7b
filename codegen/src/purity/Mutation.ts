/** Changes of values that the analysed code did not create. */
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

/**
 * Reports a change of a value, unless the analysed code created it. While a file is loaded, its
 * variables may be set.
 */
export const mutate = (machine: Machine, value: Value, how: string, site: Site): void => {
  for (const candidate of value) {
    if (candidate.kind === "given") {
      return machine.report({ kind: "given", touched: `${shown(candidate.label, how)}, which it was given` }, site)
    }
    if (candidate.kind === "kept" && !machine.loading) {
      const touched = `${shown(candidate.label, how)}, which is kept between calls`
      return machine.report({ kind: "kept", touched }, site, candidate.variable)
    }
    if (candidate.kind === "class" && candidate.scope.isOfFile && !machine.loading) {
      const touched = `${shown(candidate.name, how)}, which is kept between calls`
      return machine.report({ kind: "kept", touched }, site, `${candidate.scope.frame.module.path}#${candidate.name}`)
    }
    if (candidate.kind === "closure" && candidate.scope.isOfFile && !machine.loading) {
      return machine.report(
        { kind: "kept", touched: `${shown(candidate.name, how)}, which is kept between calls` },
        site
      )
    }
    if (candidate.kind === "global" && candidate.path !== "(constructor)") {
      const path = `${candidate.path}.${how}`
      const impurity = ofGlobal(path)
      const touched = `${path}, a global, which is kept between calls`
      return machine.report(impurity ?? { kind: "kept", touched }, site)
    }
    if (candidate.kind === "imported" && !machine.loading) {
      const touched = `${shown(candidate.path, how)} of ${candidate.specifier}, which is kept between calls`
      return machine.report({ kind: "kept", touched }, site)
    }
  }
}
