/** Logs what a release does with rows of a projection that other releases have made. */
import { Effect } from "effect"
import { asideText, type next } from "./RowVersions.ts"

export type Versions = Parameters<typeof next>[0]
export type Me = Parameters<typeof next>[1]
export type Decision = ReturnType<typeof next>

/** Log of one projection of a program: its loops share it, so that each decision is logged once. */
export class ReleaseLog {
  readonly #name: string
  /**
   * Identifies the decision that was logged last. It is logged again only after a different
   * decision.
   */
  #logged: string | undefined = ""

  constructor(name: string) {
    this.#name = name
  }

  decided(me: Me, stages: Versions, decision: Decision): Effect.Effect<void> {
    return Effect.suspend(() => {
      const line = this.#lineOf(me, stages, decision)
      // A release that has stepped aside logs it once, no matter how many newer ones follow.
      const logged = decision._tag === "Leave" ? `Leave ${decision.reason}` : line
      if (line === undefined || logged === this.#logged) return Effect.void
      this.#logged = logged
      if (line === "") return Effect.void
      return decision._tag === "Leave" || decision._tag === "Refuse" ? Effect.logWarning(line) : Effect.logInfo(line)
    })
  }

  /**
   * Returns the line to log; empty if there is none, undefined if the line that was logged last is
   * still right.
   */
  #lineOf(me: Me, stages: Versions, decision: Decision): string | undefined {
    const at = (stage: string) => stages.find((one) => one.stage === stage)?.fingerprint
    if (decision._tag === "Leave") return asideText(this.#name, me, stages, decision)
    if (at("serving") === me.fingerprint) return ""
    const what = `the rows of ${this.#name} were made by other handlers (${at("serving")}) than those of this program (${me.fingerprint})`
    if (decision._tag === "Refuse") return `${what}; this program does not change them`
    if (decision._tag !== "Wait") return `${what}; they are rebuilt`
    if (decision.reason !== "others") return undefined
    return `the rows of ${this.#name} are being rebuilt by other handlers (${at("next")}) than those of this program (${me.fingerprint}), which waits`
  }
}
