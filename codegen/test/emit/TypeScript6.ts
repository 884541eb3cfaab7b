/**
 * TypeScript 6's service for editors, over a project's files and one more that is nowhere but here.
 */
import { join } from "node:path"
import ts from "typescript-6"

/** Texts of hovers over names. */
export interface Hovers {
  /** Returns the text at the name after `/*mark*\/`. */
  readonly at: (mark: string) => string
  /** Returns the type checker's errors in the file. */
  readonly errors: () => ReadonlyArray<string>
}

/** Opens a file with marks in a project whose folder has a `tsconfig.json` above it. */
export const open = (tsconfig: string, file: string, text: string): Hovers => {
  const { config } = ts.readConfigFile(tsconfig, (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, join(tsconfig, ".."))
  const read = (path: string) => (path === file ? text : ts.sys.readFile(path))
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (path) => {
      const source = read(path)
      return source === undefined ? undefined : ts.ScriptSnapshot.fromString(source)
    },
    getCurrentDirectory: () => join(tsconfig, ".."),
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: (path) => path === file || ts.sys.fileExists(path),
    readFile: read,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    ...(ts.sys.realpath === undefined ? {} : { realpath: ts.sys.realpath })
  }
  const service = ts.createLanguageService(host)
  return {
    at: (mark) => {
      const place = text.indexOf(`/*${mark}*/`)
      if (place < 0) throw new Error(`nothing is marked ${mark}`)
      const info = service.getQuickInfoAtPosition(file, place + mark.length + 4)
      return ts.displayPartsToString(info?.displayParts)
    },
    errors: () =>
      [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].map(({ messageText }) =>
        ts.flattenDiagnosticMessageText(messageText, "\n")
      )
  }
}
