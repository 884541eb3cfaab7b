/** Tells in the log what a release does with the rows of a projection that others have made. */
import { Effect } from "effect"
import { asideText, type Decision, type Me, type Version } from "./RowVersions.ts"

/** One for each projection of a program, so that its loops say each thing once. */
export class ReleaseLog {
  readonly #name: string
  /** Identifies what was said last. It is said again only after something else was. */
  #said: string | undefined = ""

  constructor(name: string) {
    this.#name = name
  }

  decided(me: Me, stages: ReadonlyArray<Version>, decision: Decision): Effect.Effect<void> {
    return Effect.suspend(() => {
      const line = this.#lineOf(me, stages, decision)
      // A release that has stepped aside has said so, whichever newer ones follow.
      const said = decision._tag === "Leave" ? `Leave ${decision.reason}` : line
      if (line === undefined || said === this.#said) return Effect.void
      this.#said = said
      if (line === "") return Effect.void
      return decision._tag === "Leave" || decision._tag === "Refuse" ? Effect.logWarning(line) : Effect.logInfo(line)
    })
  }

  /** Empty if there is nothing to say, undefined if what was said last still holds. */
  #lineOf(me: Me, stages: ReadonlyArray<Version>, decision: Decision): string | undefined {
    const at = (stage: string) => stages.find((one) => one.stage === stage)?.fingerprint
    if (decision._tag === "Leave") return asideText(this.#name, me, stages, decision)
    if (at("serving") === me.fingerprint) return ""
    const what = `the rows of ${this.#name} were made by other handlers (${at("serving")}) than those of this program (${me.fingerprint})`
    if (decision._tag === "Refuse") return `${what}; this program leaves them alone`
    if (decision._tag !== "Wait") return `${what}; they are made anew`
    if (decision.reason !== "others") return undefined
    return `the rows of ${this.#name} are being made anew by other handlers (${at("next")}) than those of this program (${me.fingerprint}), which waits`
  }
}
