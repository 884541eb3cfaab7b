/** Which handlers a body has, by parsing it: `check` names those that are missing, without a type checker. */
import { codes, type Diagnostic } from "../report/Diagnostic.ts"
import type { Body, Handler } from "../emit/BodyFiles.ts"
import type { Module } from "../syntax/Module.ts"
import { errorsOf, placeOf, ts } from "../syntax/Syntax.ts"

/** Where a body lacks something, or where parsing alone can't tell. */
export type Gap =
  /** Nothing calls the contract. */
  | { readonly kind: "no call" }
  /** A group of handlers isn't there at all. */
  | {
      readonly kind: "no group"
      readonly object: ts.ObjectLiteralExpression
      readonly under: string
      readonly handlers: ReadonlyArray<Handler>
    }
  | {
      readonly kind: "handlers"
      readonly object: ts.ObjectLiteralExpression
      readonly handlers: ReadonlyArray<Handler>
    }
  /** A key is made of something that not all events have. */
  | {
      readonly kind: "uncarried"
      readonly node: ts.Node
      readonly aggregate: string
      readonly field: string
      readonly events: ReadonlyArray<string>
    }
  /** Handlers come from elsewhere: only the type checker can tell which. */
  | { readonly kind: "unclear"; readonly node: ts.Node; readonly why: string }

/** The object that an expression is, whatever it is said to satisfy. */
const objectOf = (node: ts.Expression): ts.ObjectLiteralExpression | undefined =>
  ts.isObjectLiteralExpression(node)
    ? node
    : ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node) || ts.isAsExpression(node)
      ? objectOf(node.expression)
      : undefined

const nameOf = ({ name }: ts.ObjectLiteralElementLike): string | undefined =>
  name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) ? name.text : undefined

const gapOf = (expression: ts.Expression, handlers: ReadonlyArray<Handler>): Gap | undefined => {
  const object = objectOf(expression)
  if (object === undefined) return { kind: "unclear", node: expression, why: "is no object written out there" }
  const names = object.properties.map(nameOf)
  const strange = object.properties.find((_, i) => names[i] === undefined)
  const lacking = handlers.filter(({ name }) => !names.includes(name))
  if (lacking.length === 0) return undefined
  if (strange === undefined) return { kind: "handlers", object, handlers: lacking }
  const why = ts.isSpreadAssignment(strange) ? "has handlers spread in" : "has a computed key"
  return { kind: "unclear", node: strange, why }
}

const list = (gap: Gap | undefined): ReadonlyArray<Gap> => (gap === undefined ? [] : [gap])

/** What a function reads of its first parameter, where that is plain: `({ shop }) => …` and `(event) => event.shop`. */
const readBy = (handler: ts.Node): ReadonlyArray<{ readonly name: string; readonly node: ts.Node }> => {
  if (!ts.isFunctionLike(handler)) return []
  const first = handler.parameters[0]?.name
  if (first === undefined || ts.isArrayBindingPattern(first)) return []
  if (ts.isObjectBindingPattern(first)) {
    return first.elements.flatMap(({ dotDotDotToken, name, propertyName = name }) =>
      dotDotDotToken === undefined && ts.isIdentifier(propertyName)
        ? [{ name: propertyName.text, node: propertyName }]
        : []
    )
  }
  const body = ts.isArrowFunction(handler) ? handler.body : undefined
  return body !== undefined &&
    ts.isPropertyAccessExpression(body) &&
    ts.isIdentifier(body.expression) &&
    body.expression.text === first.text
    ? [{ name: body.name.text, node: body.name }]
    : []
}

/** Keys made of fields that not all of the events have. */
const uncarried = (expression: ts.Expression, handlers: ReadonlyArray<Handler>): ReadonlyArray<Gap> =>
  (objectOf(expression)?.properties ?? []).flatMap((property) => {
    const handler = handlers.find(({ name }) => name === nameOf(property))
    const value = ts.isPropertyAssignment(property) ? property.initializer : property
    return readBy(value).flatMap(({ name, node }): ReadonlyArray<Gap> => {
      const events = (handler?.takes ?? []).filter(({ fields }) => name !== "_tag" && !fields.includes(name))
      return handler === undefined || events.length === 0
        ? []
        : [{ kind: "uncarried", node, aggregate: handler.name, field: name, events: events.map(({ event }) => event) }]
    })
  })

/** Every gap of a body, given the call of its contract, in the order in which the contract wants what is missing. */
export const gaps = (call: ts.CallExpression | undefined, { wanted }: Pick<Body, "wanted">): ReadonlyArray<Gap> => {
  if (call === undefined) return [{ kind: "no call" }]
  const [argument] = call.arguments
  // The type checker says that there is none.
  if (argument === undefined) return [{ kind: "unclear", node: call, why: "is called with nothing" }]
  return wanted.flatMap(({ handlers, under }): ReadonlyArray<Gap> => {
    if (under === undefined) return list(gapOf(argument, handlers))
    const object = objectOf(argument)
    if (object === undefined) return list(gapOf(argument, handlers))
    const group = object.properties.find((property) => nameOf(property) === under)
    if (group === undefined) {
      const strange = object.properties.find((property) => nameOf(property) === undefined)
      return strange === undefined
        ? [{ kind: "no group", object, under, handlers }]
        : [{ kind: "unclear", node: strange, why: "has handlers spread in, or a computed key" }]
    }
    return ts.isPropertyAssignment(group)
      ? [...list(gapOf(group.initializer, handlers)), ...uncarried(group.initializer, handlers)]
      : [{ kind: "unclear", node: group, why: "is no object written out there" }]
  })
}

/** Where a file exports what its body is, such as `apply`; nothing if it does not. */
const exportOf = (file: ts.SourceFile, name: string): ts.Node | undefined =>
  file.statements.find(
    (statement) =>
      ts.isVariableStatement(statement) &&
      statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true &&
      statement.declarationList.declarations.some((one) => ts.isIdentifier(one.name) && one.name.text === name)
  )

/** What a body does not export, though generated code imports it from there. */
const unexported = (path: string, { exports, file, stars }: Module, { call }: Body): ReadonlyArray<Diagnostic> => {
  const [, name = ""] = call.split(".")
  if (exports.has(name) || stars.length > 0 || errorsOf(file).length > 0) return []
  const fix = `write \`export const ${name} = ${call}({ … })\``
  return [
    { code: codes.handler, file: path, message: `exports nothing called ${name}, which generated code imports`, fix }
  ]
}

/** What keeps a body from being read at all. */
const unreadable = (path: string, { file }: Module): ReadonlyArray<Diagnostic> =>
  errorsOf(file)
    .slice(0, 1)
    .map(({ at, message }) => ({
      code: codes.handler,
      file: path,
      at,
      message: `cannot be read: ${message.replace(/\.$/, "")}`,
      fix: "correct the syntax there"
    }))

/** The missing handlers of a body, given the call of its contract, and what else keeps it from being used. */
export const missing = (
  path: string,
  module: Module,
  call: ts.CallExpression | undefined,
  body: Body
): ReadonlyArray<Diagnostic> => [
  ...unreadable(path, module),
  ...(call === undefined ? [] : unexported(path, module, body)),
  ...lacking(path, module.file, call, body)
]

const lacking = (
  path: string,
  file: ts.SourceFile,
  call: ts.CallExpression | undefined,
  body: Body
): ReadonlyArray<Diagnostic> =>
  gaps(call, body).flatMap((gap): ReadonlyArray<Diagnostic> => {
    switch (gap.kind) {
      case "no call": {
        const [, name = ""] = body.call.split(".")
        const place = exportOf(file, name)
        const of = name === "decide" ? "command" : "event"
        return [
          {
            code: codes.handler,
            file: path,
            ...(place === undefined ? {} : { at: placeOf(file, place) }),
            message: `does not call ${body.call}, so its handlers can't be read`,
            fix: `write \`export const ${name} = ${body.call}({ … })\` with a handler for each ${of}; the contract may have another name in this file`
          }
        ]
      }
      case "no group": {
        const names = gap.handlers.map(({ name }) => name).join(", ")
        const fix = `add \`${gap.under}: { … }\` with ${names}, or run \`eventfold gen --fix\``
        return [
          { code: codes.handler, file: path, at: placeOf(file, gap.object), message: `has no \`${gap.under}\``, fix }
        ]
      }
      case "handlers":
        return gap.handlers.map(({ name, stub }) => ({
          code: codes.handler,
          file: path,
          at: placeOf(file, gap.object),
          message: `has no handler for ${name}`,
          fix: `add \`${stub}\`, or run \`eventfold gen --fix\``
        }))
      case "uncarried": {
        const events = gap.events.join(", ")
        return [
          {
            code: codes.uncarried,
            file: path,
            at: placeOf(file, gap.node),
            message: `makes a key of ${gap.field}, which ${events} of ${gap.aggregate} ${gap.events.length === 1 ? "doesn't" : "don't"} carry`,
            fix: `leave ${events} out of \`from\`, or tell events apart by \`event._tag\`: an empty array is no key`
          }
        ]
      }
      case "unclear":
        return []
    }
  })
