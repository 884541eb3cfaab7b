/** Mismatches of a verification, as text. */
import type { Verification } from "@eventfold/postgres"
import { short } from "../commandline/TextTable.ts"

/** Maximum number of differing fields that are shown. The JSON holds all of them. */
const maxFields = 8

/**
 * Formats a mismatch: its location and problem in one line, and a line for each differing field.
 */
export const text = ({
  differences = [],
  key,
  path,
  problem,
  projection,
  stream,
  type,
  version
}: Verification.Mismatch): string => {
  const location = [
    ...(projection === undefined ? [] : [projection]),
    ...(key === undefined ? [] : [JSON.stringify(key)]),
    ...(stream === undefined ? [] : [stream]),
    ...(version === undefined ? [] : [`v${version}`]),
    ...(type === undefined ? [] : [type]),
    ...(path === undefined ? [] : [path])
  ].join(" ")
  const more = differences.length > maxFields ? [`    … and ${differences.length - maxFields} more`] : []
  const fields = [...differences.slice(0, maxFields).map((one) => `    ${short(one, 300)}`), ...more]
  return [`${location}: ${short(problem, 500)}`, ...fields].map((line) => `${line}\n`).join("")
}
