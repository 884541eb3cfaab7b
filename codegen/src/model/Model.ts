/**
 * What declarations mean, as data: the versioned intermediate representation between reading and writing.
 *
 * Nothing here is a schema or a syntax tree, so it crosses from the worker as JSON, and emitters are functions of it alone.
 */
import type { Projection as Declared } from "eventfold"

/** Raised whenever the meaning of a field changes: a model of another version is never emitted from. */
export const version = 5

/** A node of a JSON Schema, draft 2020-12. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/** The decoded type of a schema. */
export type Type =
  /** Written as it stands: `string`, `"Open"`, `Date`. */
  | { readonly kind: "text"; readonly text: string }
  /** A global generic: `ReadonlyMap<K, V>`. */
  | { readonly kind: "generic"; readonly name: string; readonly args: ReadonlyArray<Type> }
  /** A type of one of Effect's modules: `Option.Option<A>`. */
  | { readonly kind: "effect"; readonly module: string; readonly name: string; readonly args: ReadonlyArray<Type> }
  /** A value type of the domain, written out in `values.ts`. */
  | { readonly kind: "named"; readonly name: string }
  /** A class that a schema file exports: only the class itself is its type. */
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
  /** What the constructor takes if the field is not given. */
  readonly fallback?: Fallback
}

/** A constant as an expression, and the modules of Effect's that it calls. */
export interface Fallback {
  readonly text: string
  readonly modules: ReadonlyArray<string>
}

/** What values must be besides. */
export interface Check {
  /** In words: `a value between 1n and 10n`. */
  readonly says: string
  /** Whether the JSON Schema of the stored form shows it. */
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
  /** The event as it is stored. */
  readonly stored: JsonSchema
}

export interface Command extends Member {
  readonly emits: ReadonlyArray<string>
  readonly fails: ReadonlyArray<string>
  /** Names of the facts that it is decided with. */
  readonly facts: ReadonlyArray<string>
}

/** How events and states are stored, and the decoders compiled for just that. */
export interface Compiled {
  readonly code: string
  /** The schemas' shape and Effect's version that `code` was made for. */
  readonly target: string
  /** The schemas' shape and the encoded initial state: the declared half of the fold's fingerprint. */
  readonly shape: string
}

export interface Aggregate {
  readonly name: string
  /** The name that the schema file exports it by. */
  readonly exported: string
  /** Where it is declared, relative to the root. */
  readonly file: string
  readonly doc?: string
  readonly id: Type
  readonly state: Type
  readonly events: ReadonlyArray<Event>
  readonly commands: ReadonlyArray<Command>
  readonly errors: ReadonlyArray<Member>
  /** What decisions may have to know from outside. */
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
  /** Fields of the row that rows are looked up by. */
  readonly indexes: ReadonlyArray<{ readonly name: string; readonly fields: ReadonlyArray<string> }>
  readonly onFailure: Declared.OnFailure
  readonly table: Declared.Table
  /** The shape of rows and keys, and of the table: the declared half of the projection's fingerprint. */
  readonly shape: string
}

/** A value type, written out once for its domain. */
export interface Value {
  readonly name: string
  readonly type: Type
  /** Its brands, outermost last; none for a type that is only named. */
  readonly brands: ReadonlyArray<string>
  readonly doc?: string
  readonly checks?: ReadonlyArray<Check>
  /** Its values as they are stored; none where they have no form as JSON, and are part of no event. */
  readonly stored?: JsonSchema
}

export interface Domain {
  readonly name: string
  readonly values: ReadonlyArray<Value>
  readonly aggregates: ReadonlyArray<Aggregate>
  readonly projections: ReadonlyArray<Projection>
  /** What the JSON Schemas of events and values refer to as `#/$defs/…`. */
  readonly definitions: { readonly [name: string]: JsonSchema }
}

export interface Model {
  readonly version: typeof version
  readonly domains: ReadonlyArray<Domain>
}
