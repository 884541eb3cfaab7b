/** Parses schema files, for places, doc comments and comments that accept warnings. */
import { join } from "node:path"
import type { Remember } from "./Emission.ts"
import * as MarkedComments from "../syntax/MarkedComments.ts"
import { read as readText } from "./Output.ts"
import type { SchemaFile } from "../project/SchemaFiles.ts"
import * as Syntax from "../syntax/Syntax.ts"
import { commentWord } from "../declare/source/Warnings.ts"
import * as WideSchemas from "../declare/source/WideSchemas.ts"

/** A parsed schema file. */
export interface Source extends Syntax.FileSyntax {
  readonly wide: ReadonlyArray<WideSchemas.WideSchema>
  readonly comments: ReadonlyArray<MarkedComments.MarkedComment>
}

const sourceOf = (file: string, text: string): Source => {
  const parsed = Syntax.parse(file, text)
  return { ...Syntax.of(parsed), wide: WideSchemas.read(parsed), comments: MarkedComments.read(parsed, commentWord) }
}

/** Parses schema files. The paths are relative to the root. */
export const read = (root: string, files: ReadonlyArray<SchemaFile>, remember: Remember): ReadonlyMap<string, Source> =>
  new Map(
    files.flatMap(({ file }) => {
      // If a file was deleted in the meantime, running it fails, too, and is reported.
      const text = readText(join(root, file))
      return text === undefined ? [] : [[file, remember("syntax", file, text, () => sourceOf(file, text))] as const]
    })
  )
