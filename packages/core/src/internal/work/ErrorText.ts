/** Describes a thrown value of any type. */
import { Predicate } from "effect"

export const textOf = (thrown: unknown): string => {
  try {
    if (Predicate.hasProperty(thrown, "message") && typeof thrown.message === "string" && thrown.message !== "")
      return thrown.message
    return Predicate.hasProperty(thrown, "_tag") ? String(thrown._tag) : String(thrown)
  } catch {
    return "something was thrown that can't be shown as text"
  }
}
