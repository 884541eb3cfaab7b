/** Quotes names in printed commands, so that a shell reads each as one word. */

/**
 * Quotes a text for a POSIX shell, unless it is one word already.
 *
 * @example
 * ```ts
 * import { StoreRequest } from "eventfold/store"
 *
 * StoreRequest.shellWord("Balances") // Balances
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const shellWord = (text: string): string =>
  /^[\w./:@%+,][\w./:@%+,-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
