/**
 * The class of a service, on a tag with a type of its own: with `isolatedDeclarations` a class may extend nothing whose type has to
 * be inferred. Broken as the formatter does.
 *
 * The type of the service is written out, since a hover would show the name of another one.
 */
import { width } from "./text/Text.ts"

/** Names that the file declares for a service. */
export const declared = (service: string): ReadonlyArray<string> => [service, `${service}Tag`]

/** What a service is: a type, with its arguments. */
export interface Shape {
  readonly type: string
  readonly args: ReadonlyArray<string>
}

const fits = (line: string): boolean => line.length <= width

/** The tag, with its type. */
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

/** The head of the class. */
export const serviceHead = (service: string): string => `export class ${service} extends ${service}Tag {`
