/** Which handlers a body has, by parsing it: `check` names those that are missing, without a type checker. */
import { codes, type Diagnostic } from "./Diagnostic.ts"
import type { Body } from "./emit/BodyFiles.ts"
import { parse, placeOf, ts } from "./Syntax.ts"

/** The first call of `Account.apply(…)` in a file. */
const callOf = (node: ts.Node, wanted: string): ts.CallExpression | undefined => {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression: owner, name } = node.expression
    if (ts.isIdentifier(owner) && `${owner.text}.${name.text}` === wanted) return node
  }
  return ts.forEachChild(node, (child) => callOf(child, wanted))
}

interface Given {
  readonly names: ReadonlySet<string>
  /** Something is spread in, or a key is computed: then only the type checker can tell. */
  readonly unknown: boolean
}

const given = (object: ts.ObjectLiteralExpression): Given => {
  const names = new Set<string>()
  let unknown = false
  for (const property of object.properties) {
    const { name } = property
    if (name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteralLike(name))) names.add(name.text)
    else unknown = true
  }
  return { names, unknown }
}

const inner = (object: ts.ObjectLiteralExpression, key: string): ts.Expression | undefined => {
  for (const property of object.properties) {
    if (ts.isPropertyAssignment(property) && ts.isIdentifier(property.name) && property.name.text === key)
      return property.initializer
  }
  return undefined
}

/** The missing handlers of a body. */
export const missing = (
  path: string,
  source: string,
  { call: wantedCall, wanted }: Body
): ReadonlyArray<Diagnostic> => {
  const file = parse(path, source)
  const call = callOf(file, wantedCall)
  const [argument] = call?.arguments ?? []
  if (call === undefined) {
    return [
      {
        code: codes.handler,
        file: path,
        message: `does not call ${wantedCall}: write \`${wantedCall}({ … })\` with a handler for each event`
      }
    ]
  }
  if (argument === undefined || !ts.isObjectLiteralExpression(argument)) return []
  return wanted.flatMap(({ handlers, under }) => {
    const object = under === undefined ? argument : inner(argument, under)
    if (object === undefined) {
      const message = `has no \`${under}\`: add \`${under}: { … }\` with ${handlers.map(({ name }) => name).join(", ")}`
      return [{ code: codes.handler, file: path, at: placeOf(file, argument), message }]
    }
    if (!ts.isObjectLiteralExpression(object)) return []
    const { names, unknown } = given(object)
    if (unknown) return []
    return handlers
      .filter(({ name }) => !names.has(name))
      .map(({ name, stub }) => ({
        code: codes.handler,
        file: path,
        at: placeOf(file, object),
        message: `has no handler for ${name}: add \`${stub}\``
      }))
  })
}
