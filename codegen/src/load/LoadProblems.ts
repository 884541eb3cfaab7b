/** Reports the problems that loading schema files found. */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import type { Reach } from "./Confinement.ts"
import { codes, type Diagnostic, type Position, positioned, type Problem } from "../report/Diagnostic.ts"
import type { BrokenCycle, Evaluated, Failed } from "./Evaluation.ts"
import { contextOf, importOf, isNodeModule, type LoadContext, type Sources } from "./LoadContext.ts"
import { literally, wordEnd } from "../model/Names.ts"
import { firstConflict } from "../project/MergeConflict.ts"
import type { FileSyntax } from "../syntax/Syntax.ts"
import { textIfThere } from "../syntax/Texts.ts"
import { notFound } from "./UnresolvedImports.ts"

const moduleProblem = (file: string, name: string, position: Position | undefined): Diagnostic => ({
  code: codes.nodeModule,
  file,
  ...positioned(position),
  message: `imports ${name}, a Node.js module`,
  fix: "replace the import with a literal value, or move the code that needs it to a file that no schema file imports"
})

const reachProblem = (context: LoadContext, reach: Reach): Diagnostic => {
  const { at, file, kind, specifier, what } = reach
  const name = context.pathOf(file)
  if (kind === "module") {
    const found = specifier === undefined ? undefined : importOf(context, file, specifier)
    return moduleProblem(name, what, found?.at ?? at)
  }
  const fix =
    kind === "read"
      ? "write a literal value: declarations must not depend on time or environment"
      : "move it to a file that no schema file imports: schema files must only contain declarations"
  return { code: codes.reaches, file: name, ...positioned(at), message: `${what} while it is loaded`, fix }
}

/** Side effects that Node's permission model blocks. */
const deniedPermissions: Readonly<Record<string, string>> = {
  FileSystemWrite: "writes to the disk",
  ChildProcess: "starts a process",
  WorkerThreads: "starts a thread"
}

const noExport = /^The requested module '(.*)' does not provide an export named '(.*)'$/

/** Replacements for TypeScript syntax that is more than types, which Node does not run. */
const replacements: Readonly<Record<string, { readonly what: string; readonly fix: string }>> = {
  enum: {
    what: "an enum",
    fix: 'write `Schema.Literals(["A", "B"])`, or a constant `{ A: "a", B: "b" } as const` with `Schema.Enum`'
  },
  "namespace declaration": {
    what: "a namespace",
    fix: "move its members to a separate file, or to a constant"
  },
  "parameter property": {
    what: "a parameter property",
    fix: "declare the field in the class, and set it in the constructor"
  }
}

/**
 * A file that Node could not parse; `undefined` if the error is not a syntax error of that file.
 */
const unparsed = (context: LoadContext, path: string, { message: why, thrownAt }: Failed): Diagnostic | undefined => {
  const file = context.pathOf(path)
  const problem = (said: Problem, position = thrownAt?.at): Diagnostic => ({
    code: codes.syntax,
    file,
    ...positioned(position),
    ...said
  })
  const [, twice] = /^Identifier '(.*)' has already been declared$/.exec(why) ?? []
  if (twice !== undefined) {
    const position = secondDeclaration(textIfThere(path) ?? "", twice)
    return problem({ message: `declares or imports ${twice} twice`, fix: "rename one of them" }, position)
  }
  if (thrownAt === undefined) return undefined
  const [first] = context.syntaxOf(path)?.errors ?? []
  if (first !== undefined) return syntaxErrors(file, textIfThere(path) ?? "", [first])[0] ?? syntaxError(file, first)
  // TypeScript's parser accepts syntax that Node does not, because it is more than types.
  const kind = /^TypeScript (.*) is not supported in strip-only mode$/.exec(why)?.[1] ?? ""
  const replacement = replacements[kind]
  return replacement === undefined
    ? problem({ message: `can't be parsed: ${why}`, fix: "write syntax that Node runs, which only removes types" })
    : problem({
        message: `has ${replacement.what}, which Node does not run, because it only removes types`,
        fix: replacement.fix
      })
}

/** The problem of a thrown error with a known cause. */
const knownMistake = ({ message: why, name }: Failed): Problem | undefined => {
  // Errors of Eventfold contain their fix.
  if (name === "DeclarationError") {
    const [message = "", ...fix] = why.split("; ")
    return { message, fix: fix.join("; ") }
  }
  const [, called = ""] = /\b(\w+\.\w+) is not a function$/.exec(why) ?? []
  if (called.startsWith("Schema.")) {
    return {
      message: `calls ${called}, which Effect 4 does not have`,
      fix: "look up its new name: many functions of Schema were renamed since Effect 3, such as `filter` to `check`"
    }
  }
  if (called === "members.map" || called === "elements.map") {
    const callee = called === "members.map" ? "Schema.Union" : "Schema.Tuple"
    return {
      message: `calls ${callee} with several arguments, but in Effect 4 it takes one array`,
      fix: `write \`${callee}([A, B])\``
    }
  }
  if (why.endsWith("(reading 'ast')")) {
    return {
      message: "has undefined in the place of a schema",
      fix: "look for a schema whose name is misspelt, or that its file does not export"
    }
  }
  return undefined
}

/** The import of a name that the module does not export. */
const missingExport = (context: LoadContext, path: string, { message, thrownAt }: Failed): Diagnostic | undefined => {
  const [, specifier, name] = noExport.exec(message) ?? []
  if (specifier === undefined || name === undefined) return undefined
  return {
    code: codes.threw,
    file: context.pathOf(path),
    ...positioned(importOf(context, path, specifier)?.at ?? thrownAt?.at),
    message: `imports ${name} from ${specifier}, which does not export that name`,
    fix:
      name === "Aggregate" || name === "Projection"
        ? `write \`import { ${name} } from "eventfold"\``
        : "export it there, or correct the name; use `import type` for a type"
  }
}

const thrown = (context: LoadContext, failed: Failed): Diagnostic => {
  const { name, thrownAt, unresolved } = failed
  const path = thrownAt?.file ?? resolve(context.root, failed.file)
  if (failed.denied !== undefined) {
    const what = deniedPermissions[failed.denied] ?? `does something that is not permitted (${failed.denied})`
    return reachProblem(context, { kind: "act", what, file: path, ...positioned(thrownAt?.at) })
  }
  const here = { code: codes.threw, file: context.pathOf(path), ...positioned(thrownAt?.at) }
  if (thrownAt === undefined && !existsSync(path)) {
    return { ...here, message: "was deleted while declarations were loaded", fix: "run the command again" }
  }
  if (unresolved !== undefined) return notFound(context, unresolved.file, unresolved.specifier)
  return (
    missingExport(context, path, failed) ??
    (name === "SyntaxError" ? unparsed(context, path, failed) : undefined) ?? {
      ...here,
      ...(knownMistake(failed) ?? {
        message: `threw an error while it was loaded: ${name}: ${failed.message}`,
        fix: "fix the error: each schema file must load on its own"
      })
    }
  )
}

/**
 * Returns the place of the second declaration of a name, which errors of JavaScript do not have.
 */
const secondDeclaration = (text: string, name: string): Position | undefined => {
  const declared = new RegExp(
    `^(?:export\\s+)?(?:const|let|var|class|function|import\\b[^;"']*?)[\\s{,*]+(?=${literally(name)}${wordEnd})`,
    "gmu"
  )
  const second = [...text.matchAll(declared)][1]
  if (second === undefined) return undefined
  const before = text.slice(0, second.index + second[0].length).split("\n")
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** Keeps the first error of each line, because it usually causes the later ones. */
const firstOfLines = (errors: FileSyntax["errors"]): FileSyntax["errors"] =>
  errors.filter(({ at }, i) => errors.findIndex((one) => one.at.line === at.line) === i)

const syntaxError = (file: string, { at, message }: FileSyntax["errors"][number]): Diagnostic => ({
  code: codes.syntax,
  file,
  at,
  message: `can't be parsed: ${message.replace(/\.$/, "")}`,
  fix: "correct the syntax"
})

/** Reports the errors of the parser, or only the merge conflict that causes them. */
const syntaxErrors = (file: string, text: string, errors: FileSyntax["errors"]): ReadonlyArray<Diagnostic> => {
  const conflict = firstConflict(text)
  if (conflict === undefined) return firstOfLines(errors).map((error) => syntaxError(file, error))
  const message = "has an unresolved merge conflict"
  return [{ code: codes.syntax, file, at: conflict, message, fix: "resolve the conflict, then run `eventfold gen`" }]
}

const cycleProblem = (context: LoadContext, { failed, files, first, specifiers }: BrokenCycle): Diagnostic => {
  const [from = "", to = from] = files
  const names = [...files, from].map(context.pathOf)
  const { thrownAt } = failed
  const where =
    thrownAt === undefined ? "" : `, at ${context.pathOf(thrownAt.file)}:${thrownAt.at.line}:${thrownAt.at.column}`
  const when = first === undefined ? "can't be loaded" : `can't be loaded if ${context.pathOf(first)} is loaded first`
  return {
    code: codes.circle,
    file: context.pathOf(from),
    ...positioned(importOf(context, from, specifiers[0] ?? "")?.at),
    message: `imports ${context.pathOf(to)} in a cycle, ${names.join(" → ")}, which ${when}: ${failed.message}${where}`,
    fix: "move the code that these files share to a separate file that imports none of them"
  }
}

/**
 * Reports Node.js modules that files import. The first import that is refused can stop a file, so
 * all are read from the text.
 */
const moduleImports = (context: LoadContext, paths: ReadonlySet<string>): ReadonlyArray<Diagnostic> =>
  [...paths].flatMap((path) =>
    (context.syntaxOf(path)?.imports ?? [])
      .filter(({ specifier }) => isNodeModule(specifier))
      .map(({ at, specifier }) => moduleProblem(context.pathOf(path), `node:${specifier.replace(/^node:/, "")}`, at))
  )

/** Reports all problems of loading the files. */
export const problems = (
  { cycles, failed, reached }: Pick<Evaluated, "cycles" | "failed" | "reached">,
  root: string,
  sources: Sources
): ReadonlyArray<Diagnostic> => {
  const context = contextOf(root, sources)
  const isInCycle = ({ thrownAt }: Failed) =>
    cycles.some(
      ({ failed: { thrownAt: at } }) =>
        at !== undefined && thrownAt?.file === at.file && thrownAt.at.line === at.at.line
    )
  const faulty = [...sources].filter(([, { errors }]) => errors.length > 0)
  const paths = new Set([...[...sources.keys()].map((file) => join(root, file)), ...reached.map(({ file }) => file)])
  const all = [
    ...faulty.flatMap(([file, { errors }]) => syntaxErrors(file, textIfThere(join(root, file)) ?? "", errors)),
    ...moduleImports(context, paths),
    ...reached.map((reach) => reachProblem(context, reach)),
    ...cycles.map((one) => cycleProblem(context, one)),
    ...failed
      // An import of a Node.js module is reported already, whether or not the module has the
      // imported name.
      .filter((one) => !isInCycle(one) && !isNodeModule(noExport.exec(one.message)?.[1] ?? ""))
      .map((one) => thrown(context, one))
      // The parser has reported the syntax errors of these files already, more precisely.
      .filter(({ code, file }) => code !== codes.syntax || !faulty.some(([known]) => known === file))
  ]
  // If a file fails, each file that imports it fails with the same error.
  return [...new Map(all.map((one) => [JSON.stringify([one.file, one.at, one.message]), one])).values()]
}
