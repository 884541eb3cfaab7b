/** How long and how often is measured, and in what order. */
import { Console, Effect } from "effect"

export interface Plan {
  /** Of the server. */
  readonly url: string
  /** At least five, for a run whose figures are kept. */
  readonly rounds: number
  /** Of one contender's turn, in milliseconds. */
  readonly millis: number
  readonly quick: boolean
  readonly long: boolean
  /** Whether a row is asked for. */
  readonly wants: (id: string) => boolean
}

/**
 * Gives each contender its turn once a round: A B C, B C A, C A B …, so that what the machine does besides, and what the one
 * before left behind, falls on all of them. The first round warms up and is not kept.
 */
export const interleaved = <Contender, A, E, R>(
  rounds: number,
  contenders: ReadonlyArray<Contender>,
  turn: (contender: Contender, round: number) => Effect.Effect<A, E, R>
): Effect.Effect<ReadonlyMap<Contender, ReadonlyArray<A>>, E, R> =>
  Effect.gen(function* () {
    const kept = new Map(contenders.map((contender): [Contender, Array<A>] => [contender, []]))
    for (let round = 0; round <= rounds; round++) {
      for (let place = 0; place < contenders.length; place++) {
        const contender = contenders[(place + round) % contenders.length]!
        const taken = yield* turn(contender, round)
        if (round > 0) kept.get(contender)!.push(taken)
      }
    }
    return kept
  })

/** Says what is going on, on the error stream: results alone go to the other. */
export const say = (what: string): Effect.Effect<void> => Console.error(`… ${what}`)
