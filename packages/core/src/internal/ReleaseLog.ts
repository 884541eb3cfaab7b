/** Tells in the log what a release does with the rows of a projection that others have made. */
import { Effect } from "effect"
import { asideText, type Decision, type Me, type Version } from "../RowVersions.ts"

/** One for each projection of a program, so that its loops say each thing once. */
export class ReleaseLog {
  readonly #name: string
  /** What was said last. It is said again only after something else was. */
  #said = ""

  constructor(name: string) {
    this.#name = name
  }

  decided(me: Me, stages: ReadonlyArray<Version>, decision: Decision): Effect.Effect<void> {
    return Effect.suspend(() => {
      const line = this.#lineOf(me, stages, decision)
      if (line === this.#said) return Effect.void
      this.#said = line
      if (line === "") return Effect.void
      return decision._tag === "Leave" || decision._tag === "Refuse" ? Effect.logWarning(line) : Effect.logInfo(line)
    })
  }

  #lineOf(me: Me, stages: ReadonlyArray<Version>, decision: Decision): string {
    const at = (stage: string) => stages.find((one) => one.stage === stage)?.fingerprint
    if (decision._tag === "Leave") return asideText(this.#name, me, stages, decision)
    if (at("serving") === me.fingerprint) return ""
    const what = `the rows of ${this.#name} were made by other handlers (${at("serving")}) than those of this program (${me.fingerprint})`
    if (decision._tag === "Refuse") return `${what}; this program leaves them alone`
    if (decision._tag !== "Wait") return `${what}; they are made anew`
    if (decision.reason !== "others") return this.#said
    return `the rows of ${this.#name} are being made anew by other handlers (${at("next")}) than those of this program (${me.fingerprint}), which waits`
  }
}
