/** Every law of projections, one after the other. */
import type { AllOptions } from "./Coverage.ts"
import { keeping } from "./KeepingLaw.ts"
import { coverage } from "./ProjectionCoverage.ts"
import { codecs, determinism, hermetic, keys } from "./ProjectionFoldLaws.ts"
import { independence, pages, restarts } from "./ProjectionRunLaws.ts"
import type { ProjectionSubject } from "../subject/ProjectionSubject.ts"
import type { Tagged } from "../subject/Subject.ts"

const laws = [hermetic, determinism, keys, codecs, pages, restarts, independence, keeping] as const

export const ofEveryProjection = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>,
  options: AllOptions
): void => {
  const { unreached: _, ...drawn } = options
  for (const law of laws) law(subject, drawn)
  coverage(subject, options)
}
