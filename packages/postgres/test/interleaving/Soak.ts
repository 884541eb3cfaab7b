/** Whether this is the long run (`pnpm test:soak`): everything is enumerated, where the ordinary run takes a sample. */
export const isSoak = (process.env["EVENTFOLD_SOAK"] ?? "") !== ""
