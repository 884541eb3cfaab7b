/** Checks of the headers of a webhook. */

/** A dot stands between the parts of what is signed. */
export const isSignable = (id: string): boolean => id !== "" && !id.includes(".")

const isHeaderName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)

/** What HTTP has a place for: bytes, and no line breaks. */
export const isHeaderValue = (value: unknown): boolean =>
  typeof value === "string" && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)

/** Which header can't be sent, if any; no value is shown, nor a name that may be one by mistake. */
export const problemOfHeaders = (headers: Readonly<Record<string, string>>): string | undefined => {
  const all = Object.entries(headers)
  for (const [i, [name, value]] of all.entries()) {
    if (!isHeaderName(name)) {
      return `header ${i + 1} of ${all.length} has a name that no header can have: letters, digits and hyphens are allowed`
    }
    if (!isHeaderValue(value)) {
      return `the header ${name} has a value that no header can have: line breaks, control characters and characters above U+00FF can't be sent`
    }
  }
  return undefined
}
