/**
 * Handlers of a body, found by parsing it, so that `check` names missing ones without a type
 * checker.
 */
import { codes, type Diagnostic } from "../report/Diagnostic.ts"
import type { Body, Handler } from "../emit/BodyFiles.ts"
import type { Module } from "../syntax/Module.ts"
import { errorsOf, placeOf, ts } from "../syntax/Syntax.ts"

/** A part that a body lacks, or that parsing alone cannot find. */
export type Gap =
  /** No call of the contract was found. */
  | { readonly kind: "no call" }
  /** A whole group of handlers is missing. */
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
  /** A key uses a field that not all events have. */
  | {
      readonly kind: "uncarried"
      readonly node: ts.Node
      readonly aggregate: string
      readonly field: string
      readonly events: ReadonlyArray<string>
    }
  /** Handlers come from other code. Only the type checker can find them. */
  | { readonly kind: "unclear"; readonly node: ts.Node; readonly why: string }

/** Returns the object literal of an expression, without parentheses and type syntax. */
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
  if (object === undefined) return { kind: "unclear", node: expression, why: "is not an object literal" }
  const names = object.properties.map(nameOf)
  const strange = object.properties.find((_, i) => names[i] === undefined)
  const lacking = handlers.filter(({ name }) => !names.includes(name))
  if (lacking.length === 0) return undefined
  if (strange === undefined) return { kind: "handlers", object, handlers: lacking }
  const why = ts.isSpreadAssignment(strange) ? "has handlers spread in" : "has a computed key"
  return { kind: "unclear", node: strange, why }
}

const list = (gap: Gap | undefined): ReadonlyArray<Gap> => (gap === undefined ? [] : [gap])

/**
 * Returns the fields of its first parameter that a simple function reads: `({ shop }) => …` or
 * `(event) => event.shop`.
 */
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

/** Finds keys that use fields which not all events have. */
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

/** Returns all gaps of a body in the order of its contract, given the call of the contract. */
export const gaps = (call: ts.CallExpression | undefined, { wanted }: Pick<Body, "wanted">): ReadonlyArray<Gap> => {
  if (call === undefined) return [{ kind: "no call" }]
  const [argument] = call.arguments
  // The type checker reports the missing argument.
  if (argument === undefined) return [{ kind: "unclear", node: call, why: "is called without an argument" }]
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
      : [{ kind: "unclear", node: group, why: "is not an object literal" }]
  })
}

/**
 * Returns the statement that exports the body of a file, such as `apply`; none if the file does not
 * export it.
 */
const exportOf = (file: ts.SourceFile, name: string): ts.Node | undefined =>
  file.statements.find(
    (statement) =>
      ts.isVariableStatement(statement) &&
      statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true &&
      statement.declarationList.declarations.some((one) => ts.isIdentifier(one.name) && one.name.text === name)
  )

/** Reports the export that generated code imports, if a body lacks it. */
const unexported = (path: string, { exports, file, stars }: Module, { call }: Body): ReadonlyArray<Diagnostic> => {
  const [, name = ""] = call.split(".")
  if (exports.has(name) || stars.length > 0 || errorsOf(file).length > 0) return []
  const fix = `write \`export const ${name} = ${call}({ … })\``
  return [{ code: codes.handler, file: path, message: `does not export ${name}, which generated code imports`, fix }]
}

/** Reports the first syntax error of a body. */
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

/** Reports the missing handlers of a body, given the call of its contract, and its other errors. */
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
