/** Finds files that import each other in a cycle. */
import { compare } from "../report/Diagnostic.ts"

/**
 * A cycle of imports. Each file imports the next one by its specifier, and the last file imports
 * the first.
 */
export interface ImportCycle {
  readonly files: ReadonlyArray<string>
  readonly specifiers: ReadonlyArray<string>
}

type Imports = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Returns the shortest cycle through a file; `undefined` if there is none. */
export const through = (imports: Imports, file: string): ImportCycle | undefined => {
  const cameFrom = new Map<string, string>()
  const queue = [...(imports.get(file)?.keys() ?? [])].sort(compare)
  for (const one of queue) cameFrom.set(one, file)
  for (const at of queue) {
    if (at === file) break
    for (const to of [...(imports.get(at)?.keys() ?? [])].sort(compare)) {
      if (cameFrom.has(to)) continue
      cameFrom.set(to, at)
      queue.push(to)
    }
  }
  if (!cameFrom.has(file)) return undefined
  const files: Array<string> = []
  let at = file
  do {
    at = cameFrom.get(at) ?? file
    files.unshift(at)
  } while (at !== file)
  const specifiers = files.map((one, i) => imports.get(one)?.get(files[i + 1] ?? file) ?? "")
  return { files, specifiers }
}

/**
 * Returns the groups of files that import each other, directly or through other files, sorted by
 * name.
 *
 * This is Tarjan's algorithm. It is recursive, because imports of schema files are never nested
 * deeply.
 */
export const groups = (imports: Imports): ReadonlyArray<ReadonlySet<string>> => {
  const index = new Map<string, number>()
  const open: Array<string> = []
  const found: Array<ReadonlySet<string>> = []
  const visit = (at: string): number => {
    const number = index.size
    index.set(at, number)
    open.push(at)
    let lowest = number
    for (const to of [...(imports.get(at)?.keys() ?? [])].sort(compare)) {
      if (!index.has(to)) lowest = Math.min(lowest, visit(to))
      else if (open.includes(to)) lowest = Math.min(lowest, index.get(to) ?? lowest)
    }
    if (lowest === number) {
      const group = open.splice(open.indexOf(at))
      if (group.length > 1 || imports.get(at)?.has(at) === true) found.push(new Set(group.sort(compare)))
    }
    return lowest
  }
  for (const file of [...imports.keys()].sort(compare)) if (!index.has(file)) visit(file)
  return found
}
