#!/usr/bin/env node
import { enableCompileCache } from "node:module"

// Before anything is loaded: compiling the parser and Effect takes longer than all that this command then does.
enableCompileCache()
await import("./Main.ts")
