/**
 * `true` in the long run (`pnpm test:soak`): everything is enumerated, of which the ordinary run
 * takes a sample.
 */
export const isSoak = (process.env["EVENTFOLD_SOAK"] ?? "") !== ""
