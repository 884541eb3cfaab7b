/** The state of an aggregate, as it was loaded. */

/**
 * State of one aggregate instance, and the version of its stream that the state belongs to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Loaded<State> {
  readonly state: State
  readonly version: number
}
