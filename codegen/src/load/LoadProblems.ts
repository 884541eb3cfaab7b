/** What running the schema files came to besides declarations, as problems with places. */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import type { Reach } from "./Confinement.ts"
import { codes, type Diagnostic, type Position } from "../report/Diagnostic.ts"
import type { Circular, Evaluated, Failed } from "./Evaluation.ts"
import { at, type Context, contextOf, importOf, isNodeModule, type Sources } from "./LoadContext.ts"
import { literally, wordEnd } from "../model/Names.ts"
import { firstConflict } from "../project/MergeConflict.ts"
import type { FileSyntax } from "../syntax/Syntax.ts"
import { textIfThere } from "../syntax/Texts.ts"
import { notFound } from "./UnresolvedImports.ts"

const onlyDeclares =
  "a schema file only declares: write down what it takes from there, or move the code that needs it to a file that no schema file imports"

const moduleProblem = (file: string, name: string, position: Position | undefined): Diagnostic => ({
  code: codes.nodeModule,
  file,
  ...at(position),
  message: `imports ${name}, a module of Node's`,
  fix: onlyDeclares
})

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

/** What is wrong, and what to do about it. */
type Said = Pick<Diagnostic, "message" | "fix">

/** Of a file that Node could not parse. */
const unparsed = (context: Context, path: string, { message: why, thrownAt }: Failed): Diagnostic | undefined => {
  const file = context.pathOf(path)
  const problem = (said: Said, position = thrownAt?.at): Diagnostic => ({
    code: codes.syntax,
    file,
    ...at(position),
    ...said
  })
  const [, twice] = /^Identifier '(.*)' has already been declared$/.exec(why) ?? []
  if (twice !== undefined) {
    const message = `declares ${twice} twice, or what it imports under that name`
    return problem({ message, fix: "call one of them something else" }, secondOf(textIfThere(path) ?? "", twice))
  }
  if (thrownAt === undefined) return undefined
  const [first] = context.syntaxOf(path)?.errors ?? []
  if (first !== undefined) return syntaxErrors(file, textIfThere(path) ?? "", [first])[0] ?? syntaxError(file, first)
  // The parser takes what Node doesn't: of what isn't only types.
  const kind = /^TypeScript (.*) is not supported in strip-only mode$/.exec(why)?.[1] ?? ""
  const instead = insteadOf[kind]
  return instead === undefined
    ? problem({ message: `cannot be read: ${why}`, fix: "write what Node runs as it is, with types taken off" })
    : problem({
        message: `has ${instead.what}, which Node does not run: it takes types off, and compiles nothing`,
        fix: instead.fix
      })
}

/** Of what a file threw, as far as a mistake is known by its message. */
const mistakeIn = ({ message: why, name }: Failed): Said | undefined => {
  // Eventfold's own words say what to write.
  if (name === "DeclarationError") {
    const [message = "", ...fix] = why.split("; ")
    return { message, fix: fix.join("; ") }
  }
  const [, called = ""] = /\b(\w+\.\w+) is not a function$/.exec(why) ?? []
  if (called.startsWith("Schema.")) {
    return {
      message: `calls ${called}, which Effect 4 doesn't have`,
      fix: "look for what it is called there: much of Schema has other names than in Effect 3, such as `check` for `filter`"
    }
  }
  if (called === "members.map" || called === "elements.map") {
    const of = called === "members.map" ? "Schema.Union" : "Schema.Tuple"
    return {
      message: `calls ${of} with one schema after another, and Effect 4 takes a list of them`,
      fix: `write \`${of}([A, B])\``
    }
  }
  if (why.endsWith("(reading 'ast')")) {
    return {
      message: "is given undefined where a schema belongs",
      fix: "look for a schema in there that is misspelt, or not exported where it is imported from"
    }
  }
  return undefined
}

const threw = (context: Context, failed: Failed): Diagnostic => {
  const { name, thrownAt, unresolved } = failed
  const path = thrownAt?.file ?? resolve(context.root, failed.file)
  const here = { code: codes.threw, file: context.pathOf(path), ...at(thrownAt?.at) }
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
      ...here,
      ...at(importOf(context, path, specifier)?.at ?? thrownAt?.at),
      message: `imports ${wanted} from ${specifier}, which exports nothing of that name`,
      fix:
        wanted === "Aggregate" || wanted === "Projection"
          ? `write \`import { ${wanted} } from "eventfold"\``
          : "export it there, or import it as it is called; `import type` where it is a type"
    }
  }
  const syntax = name === "SyntaxError" ? unparsed(context, path, failed) : undefined
  if (syntax !== undefined) return syntax
  const said = mistakeIn(failed) ?? {
    message: `threw while it was loaded: ${name}: ${why}`,
    fix: "mend what throws there: a schema file has to load by itself"
  }
  return { ...here, ...said }
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
