/**
 * The class of a service. It extends a constant with a written type, because with
 * `isolatedDeclarations` a class cannot extend an expression whose type is inferred. The layout is
 * that of the formatter.
 *
 * The type of the service is written out, because otherwise a hover would show the name of another
 * type.
 */
import { width } from "./text/Text.ts"

/** Returns the names that the file declares for a service. */
export const declared = (service: string): ReadonlyArray<string> => [service, `${service}Tag`]

/** Type of a service, with its arguments. */
export interface Shape {
  readonly type: string
  readonly args: ReadonlyArray<string>
}

const fits = (line: string): boolean => line.length <= width

/** Writes the tag of a service, with its type. */
export const serviceTag = (service: string, { args, type }: Shape, id: string): string => {
  const text = JSON.stringify(id)
  const shape = args.length === 0 ? type : `${type}<${args.join(", ")}>`
  const own = `Context.Service.Shape<typeof ${service}Tag>`
  const head = `const ${service}Tag: Context.ServiceClass`
  const call = `Context.Service<${service}, ${own}>()(`
  const flat = `${head}<${service}, ${text}, ${shape}> =`
  if (fits(`${flat} ${call}${text})`)) return `${flat} ${call}${text})\n\n`
  if (fits(`${flat} ${call}`)) return `${flat} ${call}\n  ${text}\n)\n\n`
  const broken = `Context.Service<\n  ${service},\n  ${own}\n>()(${text})\n\n`
  if (fits(`${flat} Context.Service<`)) return `${flat} ${broken}`
  if (fits(flat) && args.length === 0) return `${flat}\n  ${call}${text})\n\n`
  const lines = fits(`  ${shape}`) ? shape : `${type}<\n${args.map((arg) => `    ${arg}`).join(",\n")}\n  >`
  const start = `${head}<\n  ${service},\n  ${text},\n  ${lines}\n> = `
  if (fits(`> = ${call}${text})`)) return `${start}${call}${text})\n\n`
  return fits(`> = ${call}`) ? `${start}${call}\n  ${text}\n)\n\n` : start + broken
}

/** Writes the head of the class. */
export const serviceHead = (service: string): string => `export class ${service} extends ${service}Tag {`
