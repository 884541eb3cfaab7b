/** The report of a verification, as text and as JSON. */
import type { Verification } from "@eventfold/postgres"
import { counted, grouped, span } from "../commandline/TextTable.ts"

/** Formats a report, one line for each subject. */
export const text = (report: Verification.Report): string => {
  const { digest, events, mismatches, otherSnapshots, projections, replayed, seconds, snapshots, streams, truncated } =
    report
  const rate = seconds > 0 ? `, ${grouped(replayed / seconds)} events/s` : ""
  const resumed = replayed < events ? `, ${grouped(replayed)} of them in this run` : ""
  const lines = [
    `${counted(events)} of ${counted(streams, "stream")} decoded and folded twice${resumed}, in ${span(seconds)}${rate}`,
    `states: ${digest}`,
    `${counted(snapshots, "snapshot")} compared${otherSnapshots === 0 ? "" : `; skipped: ${otherSnapshots} of other folds`}`,
    ...(truncated === 0
      ? []
      : [`skipped: ${counted(truncated, "truncated stream")}, whose remaining events were decoded, and not folded`]),
    ...projections.flatMap(({ compared, left, name }) => [
      ...(compared === undefined
        ? []
        : [
            `${name}: ${counted(compared.rows, "row")} compared with the rows of ${counted(compared.events)}, up to position ${grouped(compared.position)}`
          ]),
      ...left.map((reason) => `${name}: skipped: ${reason}`)
    ]),
    mismatches === 0 ? "no mismatch" : counted(mismatches, "mismatch").replace(/hs$/, "hes")
  ]
  return lines.map((line) => `${line}\n`).join("")
}

/**
 * Converts a report to JSON. Mismatches were printed as they were found, so only their numbers
 * remain.
 */
export const toJson = (report: Verification.Report): object => ({
  ...report,
  projections: report.projections.map(({ mismatches, ...outcome }) => ({ ...outcome, mismatches: mismatches.length }))
})
