/** What running the schema files came to besides declarations, as problems with places. */
import { existsSync } from "node:fs"
import { builtinModules } from "node:module"
import { dirname, join, relative, resolve } from "node:path"
import type { Reach } from "./Confinement.ts"
import { codes, type Diagnostic, type Position } from "./Diagnostic.ts"
import type { Circular, Evaluated, Failed, Outcome } from "./Evaluation.ts"
import { literally, wordEnd } from "./Names.ts"
import * as PathAliases from "./PathAliases.ts"
import { packageFolder } from "./Resolution.ts"
import { firstConflict } from "./MergeConflict.ts"
import { dynamicImports, type FileSyntax, firstAwait, type Import, parse, read } from "./Syntax.ts"
import { textIfThere } from "./Texts.ts"

export type Sources = ReadonlyMap<string, FileSyntax>

interface Context {
  readonly root: string
  /** A file of the project by its absolute path, schema file or not. */
  readonly syntaxOf: (path: string) => FileSyntax | undefined
  readonly pathOf: (path: string) => string
}

const contextOf = (root: string, sources: Sources): Context => {
  const others = new Map<string, FileSyntax | undefined>()
  const pathOf = (path: string) => relative(root, path).replaceAll("\\", "/")
  return {
    root,
    pathOf,
    syntaxOf: (path) => {
      const known = sources.get(pathOf(path))
      if (known !== undefined) return known
      const text = others.has(path) ? undefined : textIfThere(path)
      if (text !== undefined) others.set(path, read(path, text))
      return others.get(path)
    }
  }
}

const at = (position: Position | undefined): { readonly at?: Position } =>
  position === undefined ? {} : { at: position }

/** The import that says a specifier, or one that is put together at run time. */
const importOf = ({ syntaxOf }: Context, path: string, specifier: string): Import | undefined => {
  const imports = syntaxOf(path)?.imports ?? []
  const isCode = (one: Import) => one.specifier.startsWith("data:")
  // A module that is written out in the specifier has no file of its own: its importer answers for it.
  const known =
    imports.find((one) => one.specifier === specifier) ?? (isNodeModule(specifier) ? imports.find(isCode) : undefined)
  if (known !== undefined) return known
  const text = textIfThere(path)
  const dynamic = text === undefined ? [] : dynamicImports(parse(path, text))
  return dynamic.find((one) => one.specifier === specifier) ?? dynamic.find((one) => one.specifier === "")
}

const onlyDeclares =
  "a schema file only declares: write down what it takes from there, or move the code that needs it to a file that no schema file imports"

const moduleProblem = (file: string, name: string, position: Position | undefined): Diagnostic => ({
  code: codes.nodeModule,
  file,
  ...at(position),
  message: `imports ${name}, a module of Node's`,
  fix: onlyDeclares
})

const isNodeModule = (specifier: string): boolean => specifier.startsWith("node:") || builtinModules.includes(specifier)

const reaches = (context: Context, { at: position, file, kind, specifier, what }: Reach): ReadonlyArray<Diagnostic> => {
  const name = context.pathOf(file)
  if (kind === "module") {
    const found = specifier === undefined ? undefined : importOf(context, file, specifier)
    return [moduleProblem(name, what, found?.at ?? position)]
  }
  const fix =
    kind === "read"
      ? "write the value down: what is declared must not depend on when and where"
      : "a schema file only declares: do that in a file that no schema file imports"
  return [{ code: codes.reaches, file: name, ...at(position), message: `${what} while it is loaded`, fix }]
}

const denied: Readonly<Record<string, string>> = {
  FileSystemWrite: "writes to the disk",
  ChildProcess: "starts a process",
  WorkerThreads: "starts a thread"
}

const noExport = /^The requested module '(.*)' does not provide an export named '(.*)'$/

/** What is TypeScript's own and more than types, with what says the same in JavaScript. */
const insteadOf: Readonly<Record<string, { readonly what: string; readonly fix: string }>> = {
  enum: {
    what: "an enum",
    fix: 'write `Schema.Literals(["A", "B"])`, or a constant `{ A: "a", B: "b" } as const`, which `Schema.Enum` takes'
  },
  "namespace declaration": {
    what: "a namespace",
    fix: "write its members into a file of their own, or into a constant"
  },
  "parameter property": {
    what: "a parameter property",
    fix: "declare the field in the class, and set it in the constructor"
  }
}

const threw = (context: Context, failed: Failed): Diagnostic => {
  const { name, thrownAt, unresolved } = failed
  const path = thrownAt?.file ?? resolve(context.root, failed.file)
  const here = { file: context.pathOf(path), ...at(thrownAt?.at) }
  const why = failed.message
  if (failed.denied !== undefined) {
    const what = denied[failed.denied] ?? `does what it may not (${failed.denied})`
    return reaches(context, { kind: "act", what, file: path, ...at(thrownAt?.at) })[0]!
  }
  if (thrownAt === undefined && !existsSync(path)) {
    return {
      code: codes.threw,
      file: here.file,
      message: "was removed while declarations were read",
      fix: "run it again"
    }
  }
  if (unresolved !== undefined) return notFound(context, unresolved.file, unresolved.specifier)
  const lacking = noExport.exec(why)
  if (lacking !== null) {
    const [, specifier = "", wanted = ""] = lacking
    return {
      code: codes.threw,
      ...here,
      ...at(importOf(context, path, specifier)?.at ?? thrownAt?.at),
      message: `imports ${wanted} from ${specifier}, which exports nothing of that name`,
      fix:
        wanted === "Aggregate" || wanted === "Projection"
          ? `write \`import { ${wanted} } from "eventfold"\``
          : "export it there, or import it as it is called; `import type` where it is a type"
    }
  }
  const [, twice] = /^Identifier '(.*)' has already been declared$/.exec(why) ?? []
  if (name === "SyntaxError" && twice !== undefined) {
    return {
      code: codes.syntax,
      ...here,
      ...at(secondOf(textIfThere(path) ?? "", twice)),
      message: `declares ${twice} twice, or what it imports under that name`,
      fix: "call one of them something else"
    }
  }
  if (name === "SyntaxError" && thrownAt !== undefined) {
    const [first] = context.syntaxOf(path)?.errors ?? []
    if (first !== undefined)
      return syntaxErrors(here.file, textIfThere(path) ?? "", [first])[0] ?? syntaxError(here.file, first)
    // The parser takes what Node doesn't: of what isn't only types.
    const kind = /^TypeScript (.*) is not supported in strip-only mode$/.exec(why)?.[1] ?? ""
    const instead = insteadOf[kind]
    if (instead !== undefined) {
      return {
        code: codes.syntax,
        ...here,
        message: `has ${instead.what}, which Node does not run: it takes types off, and compiles nothing`,
        fix: instead.fix
      }
    }
    return {
      code: codes.syntax,
      ...here,
      message: `cannot be read: ${why}`,
      fix: "write what Node runs as it is, with types taken off"
    }
  }
  // Eventfold's own words say what to write.
  if (name === "DeclarationError") {
    const [message = "", ...fix] = why.split("; ")
    return { code: codes.threw, ...here, message, fix: fix.join("; ") }
  }
  const called = /\b(\w+\.\w+) is not a function$/.exec(why)
  if (called?.[1]?.startsWith("Schema.") === true) {
    return {
      code: codes.threw,
      ...here,
      message: `calls ${called[1]}, which Effect 4 doesn't have`,
      fix: "look for what it is called there: much of Schema has other names than in Effect 3, such as `check` for `filter`"
    }
  }
  if (/^(members|elements)\.map$/.test(called?.[1] ?? "")) {
    const of = called?.[1]?.startsWith("members") === true ? "Schema.Union" : "Schema.Tuple"
    return {
      code: codes.threw,
      ...here,
      message: `calls ${of} with one schema after another, and Effect 4 takes a list of them`,
      fix: `write \`${of}([A, B])\``
    }
  }
  if (why.endsWith("(reading 'ast')")) {
    return {
      code: codes.threw,
      ...here,
      message: "is given undefined where a schema belongs",
      fix: "look for a schema in there that is misspelt, or not exported where it is imported from"
    }
  }
  return {
    code: codes.threw,
    ...here,
    message: `threw while it was loaded: ${name}: ${why}`,
    fix: "mend what throws there: a schema file has to load by itself"
  }
}

/** Where a name is declared for the second time: of this, JavaScript tells no place. */
const secondOf = (text: string, name: string): Position | undefined => {
  const declared = new RegExp(
    `^(?:export\\s+)?(?:const|let|var|class|function|import\\b[^;"']*?)[\\s{,*]+(?=${literally(name)}${wordEnd})`,
    "gmu"
  )
  const second = [...text.matchAll(declared)][1]
  if (second === undefined) return undefined
  const before = text.slice(0, second.index + second[0].length).split("\n")
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** The path of a file as an import in another file says it. */
const relativePath = (from: string, to: string): string => {
  const path = relative(dirname(from), to).replaceAll("\\", "/")
  return path.startsWith(".") ? path : `./${path}`
}

/** What is wrong with an import of a path that leads to no file. */
const noFile = (path: string, specifier: string): Pick<Diagnostic, "message" | "fix"> => {
  const stem = resolve(dirname(path), specifier.replace(/\.[cm]?js$/, ""))
  const ending = [".ts", "/index.ts"].find((one) => existsSync(stem + one))
  return {
    message: `imports ${specifier}, and there is no such file`,
    fix:
      ending === undefined
        ? "write the path of a file that is there"
        : `write ${JSON.stringify(specifier.replace(/\.[cm]?js$/, "") + ending)}: Node takes paths as they are`
  }
}

const byPath = "write the relative path of the file, which Node takes as it is"

/** What is wrong with an import of a package, or of what looks like one. */
const noPackage = (path: string, specifier: string): Pick<Diagnostic, "message" | "fix"> => {
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")
  const alias = PathAliases.find(path, specifier)
  if (alias !== undefined) {
    const of = alias.name === "baseUrl" ? "`baseUrl`" : `the alias ${JSON.stringify(alias.name)}`
    const to = alias.to === undefined ? undefined : relativePath(path, alias.to)
    return {
      message: `imports ${specifier} by ${of} of tsconfig.json, which Node doesn't follow`,
      fix: `${to === undefined ? byPath : `write ${JSON.stringify(to)}`}; for a short name, declare one that begins with # under \`imports\` in package.json`
    }
  }
  if (specifier.startsWith("#")) {
    return {
      message: `imports ${specifier}, which \`imports\` of the nearest package.json doesn't lead to a file`,
      fix: `declare it there, as in \`"imports": { "#shared/*": "./shared/*" }\`, or ${byPath}`
    }
  }
  // Such as `@/shared` and `~/shared`: nothing of that name can be installed.
  if (!/^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name) || name.startsWith("~")) {
    return { message: `imports ${specifier}, which is no name of a package`, fix: byPath }
  }
  const folder = packageFolder(path, name)
  if (folder === undefined) {
    return { message: `imports ${specifier}, which is not installed here`, fix: `npm install ${name}` }
  }
  return {
    message: `imports ${specifier}, which the package ${name} doesn't export`,
    fix: `import what \`exports\` in its package.json names${folder.includes("node_modules") ? "" : ", or add it there"}`
  }
}

const notFound = (context: Context, path: string, specifier: string): Diagnostic => ({
  code: codes.threw,
  file: context.pathOf(path),
  ...at(importOf(context, path, specifier)?.at),
  ...(/^[./]/.test(specifier) ? noFile(path, specifier) : noPackage(path, specifier))
})

/** What follows on a line is mostly because of the first. */
const firstOfLines = (errors: FileSyntax["errors"]): FileSyntax["errors"] =>
  errors.filter(({ at }, i) => errors.findIndex((one) => one.at.line === at.line) === i)

const syntaxError = (file: string, { at, message }: FileSyntax["errors"][number]): Diagnostic => ({
  code: codes.syntax,
  file,
  at,
  message: `cannot be read: ${message.replace(/\.$/, "")}`,
  fix: "mend the syntax there"
})

/** What the parser says of the text; of a merge conflict nothing but that, since the rest follows from it. */
const syntaxErrors = (file: string, text: string, errors: FileSyntax["errors"]): ReadonlyArray<Diagnostic> => {
  const conflict = firstConflict(text)
  if (conflict === undefined) return firstOfLines(errors).map((error) => syntaxError(file, error))
  const message = "holds a merge conflict: both sides are still there"
  return [{ code: codes.syntax, file, at: conflict, message, fix: "resolve it, then run `eventfold gen`" }]
}

const circle = (context: Context, { failed, files, first, specifiers }: Circular): Diagnostic => {
  const [from = "", to = from] = files
  const names = [...files, from].map(context.pathOf)
  const { thrownAt } = failed
  const where =
    thrownAt === undefined ? "" : `, at ${context.pathOf(thrownAt.file)}:${thrownAt.at.line}:${thrownAt.at.column}`
  const when = first === undefined ? "can't be loaded" : `can't be loaded where ${context.pathOf(first)} comes first`
  return {
    code: codes.circle,
    file: context.pathOf(from),
    ...at(importOf(context, from, specifiers[0] ?? "")?.at),
    message: `imports ${context.pathOf(to)} in a circle, ${names.join(" → ")}, which ${when}: ${failed.message}${where}`,
    fix: "put what these files share into a file of its own, which imports none of them"
  }
}

/** Every problem there was in loading the files. */
export const loading = (
  { circles, failed, reached }: Pick<Evaluated, "circles" | "failed" | "reached">,
  root: string,
  sources: Sources
): ReadonlyArray<Diagnostic> => {
  const context = contextOf(root, sources)
  const isInCircle = ({ thrownAt }: Failed) =>
    circles.some(
      ({ failed: { thrownAt: at } }) =>
        at !== undefined && thrownAt?.file === at.file && thrownAt.at.line === at.at.line
    )
  const faulty = [...sources].filter(([, { errors }]) => errors.length > 0)
  const all = [
    ...faulty.flatMap(([file, { errors }]) => syntaxErrors(file, textIfThere(join(root, file)) ?? "", errors)),
    // The first that is refused ends the loading of a file, so the others are read from the text.
    ...[
      ...new Set([...[...sources.keys()].map((file) => join(root, file)), ...reached.map(({ file }) => file)])
    ].flatMap((path) =>
      (context.syntaxOf(path)?.imports ?? [])
        .filter(({ specifier }) => isNodeModule(specifier))
        .map(({ at, specifier }) => moduleProblem(context.pathOf(path), `node:${specifier.replace(/^node:/, "")}`, at))
    ),
    ...reached.flatMap((reach) => reaches(context, reach)),
    ...circles.map((one) => circle(context, one)),
    ...failed
      // Of a module that may not be imported at all it doesn't matter what it lacks.
      .filter((one) => !isInCircle(one) && !isNodeModule(noExport.exec(one.message)?.[1] ?? ""))
      .map((one) => threw(context, one))
      // What can't be read has been told, more precisely.
      .filter(({ code, file }) => code !== codes.syntax || !faulty.some(([known]) => known === file))
  ]
  // A file that imports a faulty one fails with it, and with the same error.
  return [...new Map(all.map((one) => [JSON.stringify([one.file, one.at, one.message]), one])).values()]
}

/** Why the files did not come to an end. */
export const endless = (
  outcome: Exclude<Outcome, { readonly kind: "evaluated" }>,
  root: string,
  sources: Sources
): ReadonlyArray<Diagnostic> => {
  const context = contextOf(root, sources)
  const file = outcome.file === "" ? ([...sources.keys()][0] ?? "") : outcome.file
  const waiting = (): Pick<Diagnostic, "at" | "file"> => awaitOf(context, resolve(root, file)) ?? { file }
  switch (outcome.kind) {
    case "waits":
      return [
        {
          code: codes.endless,
          ...waiting(),
          message: "awaits something that never happens",
          fix: "let schema files declare only, without waiting: write the value down"
        }
      ]
    case "endless": {
      const { busyAt, exceeded } = outcome
      const spent = `${seconds(exceeded.cpuMs)} of CPU time, ${seconds(exceeded.elapsedMs)} by the clock`
      switch (exceeded.how) {
        case "works": {
          const place = busyAt === undefined ? { file } : { file: context.pathOf(busyAt.file), at: busyAt.at }
          const where = busyAt === undefined ? "" : "; it was here then"
          return [
            {
              code: codes.endless,
              ...place,
              message: `was still loading after ${spent}${where}`,
              fix: "let schema files declare only: no loop that goes on"
            }
          ]
        }
        case "waits": {
          const place = waiting()
          return [
            {
              code: codes.endless,
              ...place,
              message: `waits${place.at === undefined ? "" : " here"} for something that has not happened (${spent})`,
              fix: "let schema files declare only, without waiting: write the value down"
            }
          ]
        }
        case "stuck":
          return [
            {
              code: codes.endless,
              file,
              message: `is stuck in a call that does not return, its own or a package's (${spent})`,
              fix: "let schema files declare only: no lock to wait for, no pipe to read; if the disk did not answer, run it again"
            }
          ]
      }
    }
    case "exited":
      return [
        {
          code: codes.threw,
          file,
          message: `ended the program while it was loaded: ${outcome.why}`,
          fix: "let schema files declare only"
        }
      ]
  }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`

/** The first thing that a file waits for, or one that it imports. */
const awaitOf = (context: Context, path: string): Pick<Diagnostic, "file" | "at"> | undefined => {
  const reached = new Set([path])
  for (const one of reached) {
    const text = textIfThere(one)
    if (text === undefined) continue
    const position = firstAwait(parse(one, text))
    if (position !== undefined) return { file: context.pathOf(one), at: position }
    for (const { specifier } of context.syntaxOf(one)?.imports ?? []) {
      if (specifier.startsWith(".")) reached.add(resolve(dirname(one), specifier))
    }
  }
  return undefined
}
