// What another file declares, passed on: which of the two is imported must not hang on the order of
// files.
export { Address, Category } from "./values.ts"
