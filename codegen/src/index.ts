export { type Config, defineConfig } from "./Config.ts"
