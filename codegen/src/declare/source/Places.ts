/** Finds places of declarations in the source. */
import type { FileSyntax, Place } from "../../syntax/Syntax.ts"
import type { Position } from "../../report/Diagnostic.ts"
import type { Path } from "../types/SchemaProblem.ts"

/** Parsed schema files by their paths, relative to the root. */
export type Sources = ReadonlyMap<string, FileSyntax>

/**
 * Returns the place of a part of a declaration, or of the nearest enclosing part that has a place.
 */
export const placeOf = (sources: Sources, file: string, exported: string, path: Path): Place | undefined => {
  const declaration = sources.get(file)?.declarations.get(exported)
  for (let length = path.length; length > 0; length--) {
    const place = declaration?.places.get(path.slice(0, length).join("."))
    if (place !== undefined) return place
  }
  return declaration
}

/** Returns the position of a part of a declaration. */
export const positionOf = (sources: Sources, file: string, exported: string, path: Path = []): Position | undefined =>
  placeOf(sources, file, exported, path)?.at
