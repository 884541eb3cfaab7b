/** Duration, number and order of measurements. */
import { Console, Effect } from "effect"

export interface Plan {
  /** Url of the server. */
  readonly url: string
  /** Number of measured rounds: at least five if the figures are committed. */
  readonly rounds: number
  /** Duration of a contender's turn, in milliseconds. */
  readonly millis: number
  readonly quick: boolean
  readonly long: boolean
  /** `true` if the run includes this row. */
  readonly wants: (id: string) => boolean
}

/**
 * Runs one turn of each contender in each round: A B C, B C A, C A B …, so that other work of the
 * machine, and work that the previous turn left behind, affect all contenders equally. The results
 * of the first round are discarded: it is a warm-up.
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

/** Prints progress to stderr, since stdout has the results only. */
export const say = (what: string): Effect.Effect<void> => Console.error(`… ${what}`)
