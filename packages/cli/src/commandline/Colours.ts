/** Decides whether a command prints colours. */
import type { Host, Output } from "./Host.ts"

/**
 * `true` if a stream is a terminal, or the environment asks for colours. `NO_COLOR` wins over
 * `FORCE_COLOR`.
 */
export const takesColours = ({ FORCE_COLOR, NO_COLOR }: Host["env"], stream: Output): boolean => {
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false
  return FORCE_COLOR === undefined || FORCE_COLOR === "" ? stream.isTTY === true : FORCE_COLOR !== "0"
}
