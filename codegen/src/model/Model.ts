/**
 * Declarations as data: the versioned intermediate representation between reading and emitting.
 *
 * It holds no schemas and no syntax trees, so that the worker sends it as JSON, and emitters are
 * functions of it alone.
 */
import type { Projection as Declared } from "eventfold"

/**
 * Version of the model. A change of a field's meaning raises it, and code is never emitted from a
 * model of another version.
 */
export const version = 5

/** A node of a JSON Schema, draft 2020-12. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/** The decoded type of a schema. */
export type Type =
  /** Written without change: `string`, `"Open"`, `Date`. */
  | { readonly kind: "text"; readonly text: string }
  /** A global generic: `ReadonlyMap<K, V>`. */
  | { readonly kind: "generic"; readonly name: string; readonly args: ReadonlyArray<Type> }
  /** A type of a module of Effect: `Option.Option<A>`. */
  | { readonly kind: "effect"; readonly module: string; readonly name: string; readonly args: ReadonlyArray<Type> }
  /** A value type of the domain, which `values.ts` defines. */
  | { readonly kind: "named"; readonly name: string }
  /** A class that a schema file exports. Its type can only be named. */
  | { readonly kind: "class"; readonly name: string; readonly file: string }
  | { readonly kind: "struct"; readonly fields: ReadonlyArray<Field>; readonly index: ReadonlyArray<Index> }
  | { readonly kind: "union"; readonly members: ReadonlyArray<Type> }
  | { readonly kind: "array"; readonly item: Type; readonly mutable: boolean }
  | {
      readonly kind: "tuple"
      readonly elements: ReadonlyArray<{ readonly type: Type; readonly optional: boolean }>
      readonly rest: ReadonlyArray<Type>
      readonly mutable: boolean
    }

export interface Field {
  readonly name: string
  readonly type: Type
  readonly optional: boolean
  readonly mutable: boolean
  readonly doc?: string
  readonly checks?: ReadonlyArray<Check>
  /** Default of the constructor. */
  readonly fallback?: Fallback
}

/** A constant as an expression, and the modules of Effect that it uses. */
export interface Fallback {
  readonly text: string
  readonly modules: ReadonlyArray<string>
}

/** A condition on values beyond their type. */
export interface Check {
  /** Description: `a value between 1n and 10n`. */
  readonly says: string
  /** `true` if the JSON Schema of the stored form includes the condition. */
  readonly shown: boolean
}

export interface Index {
  readonly key: Type
  readonly value: Type
  readonly mutable: boolean
}

/** An event, a command's payload or an error: a tag and fields. */
export interface Member {
  readonly name: string
  readonly fields: ReadonlyArray<Field>
  readonly doc?: string
}

export interface Event extends Member {
  /** JSON Schema of the stored event. */
  readonly stored: JsonSchema
}

export interface Command extends Member {
  readonly emits: ReadonlyArray<string>
  readonly fails: ReadonlyArray<string>
  /** Names of the facts that its decision takes. */
  readonly facts: ReadonlyArray<string>
}

/** Decoders that are compiled for the stored form of events and states. */
export interface Compiled {
  readonly code: string
  /** Shape of the schemas and version of Effect that `code` was compiled for. */
  readonly target: string
  /**
   * Hash of the schemas' shape and the encoded initial state: the declared half of the fold's
   * fingerprint.
   */
  readonly shape: string
}

export interface Aggregate {
  readonly name: string
  /** Name under which the schema file exports it. */
  readonly exported: string
  /** Schema file, relative to the root. */
  readonly file: string
  readonly doc?: string
  readonly id: Type
  readonly state: Type
  readonly events: ReadonlyArray<Event>
  readonly commands: ReadonlyArray<Command>
  readonly errors: ReadonlyArray<Member>
  /** Values from outside that decisions can need. */
  readonly facts: ReadonlyArray<Field>
  readonly compiled: Compiled
}

export interface Source {
  readonly domain: string
  readonly aggregate: string
  readonly events: ReadonlyArray<string>
}

export interface Projection {
  readonly name: string
  readonly exported: string
  readonly file: string
  readonly doc?: string
  readonly sources: ReadonlyArray<Source>
  readonly key: "streamId" | Type
  readonly row: Type
  /** Fields of the row by which rows are looked up. */
  readonly indexes: ReadonlyArray<{ readonly name: string; readonly fields: ReadonlyArray<string> }>
  readonly onFailure: Declared.Any["onFailure"]
  readonly table: Declared.Table
  /**
   * Hash of the shape of rows and keys, and of the table: the declared half of the projection's
   * fingerprint.
   */
  readonly shape: string
}

/** A value type, which is defined once in its domain. */
export interface Value {
  readonly name: string
  readonly type: Type
  /** Brands, outermost last; none for a type that only has a name. */
  readonly brands: ReadonlyArray<string>
  readonly doc?: string
  readonly checks?: ReadonlyArray<Check>
  /**
   * JSON Schema of the stored form; none if values have no JSON form. They are part of no event
   * then.
   */
  readonly stored?: JsonSchema
}

export interface Domain {
  readonly name: string
  readonly values: ReadonlyArray<Value>
  readonly aggregates: ReadonlyArray<Aggregate>
  readonly projections: ReadonlyArray<Projection>
  /** Definitions that the JSON Schemas of events and values refer to as `#/$defs/…`. */
  readonly definitions: { readonly [name: string]: JsonSchema }
}

export interface Model {
  readonly version: typeof version
  readonly domains: ReadonlyArray<Domain>
}
