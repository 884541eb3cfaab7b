/** The manifest of this package: its version, and the versions that a new project gets. */
import { createRequire } from "node:module"

export interface Manifest {
  readonly version: string
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly eventfold: { readonly init: Readonly<Record<string, string>> }
}

export const manifest: Manifest = createRequire(import.meta.url)("../../package.json")
