/** Rules of requests to a store, for tools that write to its tables or print commands. */
export { checkAppends, jsonText, problemOfPageSize } from "../internal/store/RequestChecks.ts"
export { shellWord } from "../internal/work/ShellWord.ts"
