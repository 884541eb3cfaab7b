/** Checks of the headers of a webhook. */

/** Returns whether an id can be signed: a dot separates the parts of the signed text. */
export const isSignable = (id: string): boolean => id !== "" && !id.includes(".")

const isHeaderName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)

/** Returns whether a value can be sent in a header: HTTP allows bytes, without line breaks. */
export const isHeaderValue = (value: unknown): boolean =>
  typeof value === "string" && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)

/**
 * Finds a header that cannot be sent. The problem shows no value, and no name that may be a value
 * by mistake.
 */
export const problemOfHeaders = (headers: Readonly<Record<string, string>>): string | undefined => {
  const all = Object.entries(headers)
  for (const [i, [name, value]] of all.entries()) {
    if (!isHeaderName(name)) {
      return `header ${i + 1} of ${all.length} has an invalid name: letters, digits and hyphens are allowed`
    }
    if (!isHeaderValue(value)) {
      return `the header ${name} has an invalid value: line breaks, control characters and characters above U+00FF cannot be sent`
    }
  }
  return undefined
}
