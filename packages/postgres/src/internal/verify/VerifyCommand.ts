/** `eventfold verify`: replays a store's log with the project's code. */
import { Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Command, Flag } from "effect/cli"
import type { StoredProjection } from "eventfold/generated"
import * as Verification from "../../Verification.ts"
import { standardOutput } from "../backup/BackupFile.ts"
import { connect, counted, database, exitCodes, inform, json, run, UsageError } from "../CommandLine.ts"
import { look } from "../schema/StoreOpening.ts"
import { grouped, teller } from "../RebuildProgress.ts"
import { span } from "../TextTable.ts"
import * as MismatchText from "./Mismatch.ts"
import * as PlaceFile from "./PlaceFile.ts"
import type { Definition } from "./Verifiable.ts"

/** A project's generated code. */
export interface Project {
  readonly aggregates: ReadonlyArray<Definition<unknown, { readonly _tag: string }>>
  readonly projections: ReadonlyArray<StoredProjection.Runnable>
}

/** The project's code can't be had: what to say, and what to end with. */
export interface Unusable {
  readonly problem: string
  readonly code: number
}

const flags = {
  ...database,
  place: Flag.String("place").pipe(
    Flag.withDescription(
      "A file to leave the place in, and to go on from where it is there; it is removed when all streams are done"
    ),
    Flag.optional
  ),
  connections: Flag.Int("connections").pipe(
    Flag.withDescription("How many read at once; 4 unless given, 1 in a directory of PGlite"),
    Flag.optional
  ),
  maxRows: Flag.Int("max-rows").pipe(
    Flag.withDescription("Rows of a projection in memory at most; one with more is not compared, which is told"),
    Flag.withDefault(1_000_000)
  ),
  json
}

const unfit = (name: string, value: number, least: number, most: number) =>
  Number.isSafeInteger(value) && value >= least && value <= most
    ? []
    : [`--${name} is ${value}; it is a whole number from ${least} to ${grouped(most)}`]

/** What a run came to, for a person. */
const summary = (report: Verification.Report): string => {
  const { digest, events, mismatches, otherSnapshots, projections, replayed, seconds, snapshots, streams, truncated } =
    report
  const rate = seconds > 0 ? `, ${grouped(replayed / seconds)} events/s` : ""
  const resumed = replayed < events ? `, ${grouped(replayed)} of them in this run` : ""
  const lines = [
    `${counted(events)} of ${counted(streams, "stream")} decoded and folded twice${resumed}, in ${span(seconds)}${rate}`,
    `states: ${digest}`,
    `${counted(snapshots, "snapshot")} compared${otherSnapshots === 0 ? "" : `; left: ${otherSnapshots} that other folds took`}`,
    ...(truncated === 0
      ? []
      : [`left: ${counted(truncated, "truncated stream")}, of which what is there was decoded, and not folded`]),
    ...projections.flatMap(({ compared, left, name }) => [
      ...(compared === undefined
        ? []
        : [
            `${name}: ${counted(compared.rows, "row")} compared with what ${counted(compared.events)} give, up to position ${grouped(compared.position)}`
          ]),
      ...left.map((what) => `${name}: left: ${what}`)
    ]),
    mismatches === 0 ? "no mismatch" : counted(mismatches, "mismatch").replace(/hs$/, "hes")
  ]
  return lines.map((line) => `${line}\n`).join("")
}

const asJson = (report: Verification.Report): object => ({
  ...report,
  projections: report.projections.map(({ mismatches, ...outcome }) => ({ ...outcome, mismatches: mismatches.length }))
})

/** The command, for a project whose code is loaded once the database is there. */
export const verifyCommand = (load: () => Promise<Project | Unusable>) =>
  Command.make("verify", flags, (options) =>
    run(
      Effect.gen(function* () {
        const isServer = getOrUndefined(options.dataDir) === undefined
        const connections = getOrUndefined(options.connections) ?? (isServer ? 4 : 1)
        const [problem] = [
          ...unfit("connections", connections, 1, 64),
          ...unfit("max-rows", options.maxRows, 0, Number.MAX_SAFE_INTEGER)
        ]
        if (problem !== undefined) return yield* new UsageError({ message: problem })
        const file = getOrUndefined(options.place)
        const left = file === undefined ? undefined : yield* PlaceFile.read(file)
        if (file !== undefined) yield* PlaceFile.probe(file)
        const connector = yield* connect(options, true, connections + 1)
        const storeId = yield* look(connector.client, options.schema, connector.place)
        if (left !== undefined && left.storeId !== storeId) {
          return yield* new UsageError({
            message: `${file} is of store ${left.storeId}, and this is store ${storeId}: remove it, or name another file`
          })
        }
        const project = yield* Effect.promise(load)
        if ("problem" in project) {
          process.exitCode = project.code
          return yield* inform(project.problem)
        }
        const domain: Verification.Domain = {
          aggregates: project.aggregates.map((one) => Verification.aggregate(one)),
          projections: project.projections
        }
        const folds = Verification.foldsOf(domain)
        const isSame =
          left !== undefined &&
          [...Object.keys(folds), ...Object.keys(left.folds)].every((name) => folds[name] === left.folds[name])
        if (left !== undefined) {
          yield* inform(
            isSame ? `going on after ${left.after}` : `${file} was left by other folds: all streams are replayed again`
          )
        }

        const { clear, tell } = teller()
        const began = performance.now()
        let [done, what, broken] = [0, "streams", false]
        const line = () => {
          const rate = (1_000 * done) / Math.max(1, performance.now() - began)
          return `${what}: ${grouped(done)} events, ${grouped(rate)}/s${broken ? ", with mismatches" : ""}`
        }
        const report = yield* Verification.run(connector, domain, {
          schema: options.schema,
          connections,
          maxRows: options.maxRows,
          ...(isSame && left !== undefined ? { from: left } : {}),
          onMismatch: (mismatch) => {
            broken = true
            const text = options.json ? `${JSON.stringify({ mismatch })}\n` : MismatchText.text(mismatch)
            return Effect.andThen(clear, Effect.orDie(standardOutput.write(text)))
          },
          onProgress: (events, of) => {
            if (of !== what) done = 0
            what = of
            done += events
            // What runs by itself need not be told of what is soon done.
            if (process.stderr.isTTY || performance.now() - began > 5_000) Effect.runSync(tell(line()))
          },
          // A disk that has become full is no reason to lose what was done; who goes on from there does a little again.
          ...(file === undefined
            ? {}
            : { onPlace: (place) => Effect.catch(PlaceFile.write(file, place), ({ message }) => inform(message)) })
        }).pipe(Effect.ensuring(clear))
        if (file !== undefined) yield* PlaceFile.remove(file)
        yield* standardOutput.write(options.json ? `${JSON.stringify(asJson(report))}\n` : summary(report))
        if (report.mismatches > 0) process.exitCode = exitCodes.failed
      }),
      // 1 says that the log was replayed, and is not what it should be.
      exitCodes.internal
    )
  ).pipe(
    Command.withShortDescription("Replay a store's whole log, and compare states, snapshots and rows"),
    Command.withDescription(
      "Replay a store's whole log with the project's code, and write nothing: each event is decoded, each stream folded twice, and the states compared with the stored snapshots; rows of stored projections are made anew in memory and compared. Ends with 0 where nothing is wrong, 1 where something is, 70 where it could not be carried out."
    ),
    Command.withExamples([
      {
        command: "eventfold verify --place verify.json",
        description: "Of the store at DATABASE_URL, to go on if broken off"
      }
    ])
  )
