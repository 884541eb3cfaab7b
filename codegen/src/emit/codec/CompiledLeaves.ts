/** What straight code calls for single values: the readers and writers of `Leaf`. */

/** What code says that is not its own: readers and writers of `Leaf`. */
export const leaves = (
  "bigDecimal bigint bigintOf date dateTimeUtc duration invalid isBigDecimal isDate isDateTimeUtc isDuration isJson number option put " +
  "storedBigDecimal storedDate storedDateTime storedDuration storedNumber storedOption"
).split(" ")

/** Transformations from leaf to leaf that are one call, which looks at its argument itself. */
export const readers: Readonly<Record<string, string>> = {
  "string digits bigintOf bigint": "bigint",
  "string dateOf date": "date",
  "string dateTimeOf dateTimeUtc": "dateTimeUtc",
  "string bigDecimalOf bigDecimal": "bigDecimal",
  "storedNumber numberOf number": "number"
}
/** Those that succeed whatever of its kind the argument is. */
export const writers: Readonly<Record<string, (value: string) => string>> = {
  "bigint textOf string digits": (value) => `String(${value})`,
  "number storedNumber storedNumber": (value) => `storedNumber(${value})`,
  "date storedDate string": (value) => `storedDate(${value})`,
  "dateTimeUtc storedDateTime string": (value) => `storedDateTime(${value})`,
  "bigDecimal storedBigDecimal string": (value) => `storedBigDecimal(${value})`,
  "null undefinedOf undefined": () => "undefined",
  "undefined nullOf null": () => "null"
}

export const transforms: Readonly<Record<string, (value: string) => string>> = {
  same: (value) => value,
  numberOf: (value) => `Number(${value})`,
  textOf: (value) => `String(${value})`,
  storedNumber: (value) => `storedNumber(${value})`,
  undefinedOf: () => "undefined",
  nullOf: () => "null",
  bigintOf: (value) => `bigintOf(${value})`,
  dateOf: (value) => `date(${value})`,
  storedDate: (value) => `storedDate(${value})`,
  dateOfMillis: (value) => `new Date(${value})`,
  millisOf: (value) => `${value}.getTime()`,
  dateTimeOf: (value) => `dateTimeUtc(${value})`,
  storedDateTime: (value) => `storedDateTime(${value})`,
  bigDecimalOf: (value) => `bigDecimal(${value})`,
  storedBigDecimal: (value) => `storedBigDecimal(${value})`,
  durationOf: (value) => `duration(${value})`,
  storedDuration: (value) => `storedDuration(${value})`,
  optionOf: (value) => `option(${value})`,
  storedOption: (value) => `storedOption(${value})`
}
export const canRefuse = ["bigintOf", "dateOf", "dateTimeOf", "bigDecimalOf"]
