/** Formats money for display: `12,345.60 Kč`. */
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 })

export const format = (hellers: bigint): string => {
  const size = hellers < 0n ? -hellers : hellers
  return `${hellers < 0n ? "−" : ""}${whole.format(size / 100n)}.${String(size % 100n).padStart(2, "0")} Kč`
}
