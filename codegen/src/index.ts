export { type Config, defineConfig } from "./project/Config.ts"
