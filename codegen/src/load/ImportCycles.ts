/** Files that import each other in a circle. */
import { compare } from "../report/Diagnostic.ts"

/** A way from a file back to itself: each imports the next by its specifier, the last the first. */
export interface Circle {
  readonly files: ReadonlyArray<string>
  readonly specifiers: ReadonlyArray<string>
}

type Imports = ReadonlyMap<string, ReadonlyMap<string, string>>

/** The shortest way from a file back to itself, over a file that it imports if one is given. */
export const through = (imports: Imports, file: string, over?: string): Circle | undefined => {
  const first = [...(imports.get(file) ?? [])].filter(([to]) => over === undefined || to === over)
  const cameFrom = new Map<string, string>()
  const queue = first.map(([to]) => to).sort(compare)
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

/** Groups of files each of which leads to every other, in the order of their names. */
export const groups = (imports: Imports): ReadonlyArray<ReadonlySet<string>> => {
  const index = new Map<string, number>()
  const open: Array<string> = []
  const found: Array<ReadonlySet<string>> = []
  // Tarjan's. Declarations nest no deeper than a stack takes.
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
