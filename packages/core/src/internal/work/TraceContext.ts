/**
 * The trace that an event belongs to, in the form of W3C Trace Context: `traceparent`.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
import { Context, Tracer } from "effect"

/**
 * Returns whether a tracer is provided: Effect's default tracer drops its spans, and a span costs
 * as much as the rest of an append.
 */
export const isTraced = (context: Context.Context<never>): boolean =>
  Context.get(context, Tracer.Tracer) !== Tracer.Tracer.defaultValue()

const isId = (id: string, digits: number): boolean => id.length === digits && /^[0-9a-f]+$/.test(id) && !/^0+$/.test(id)

/**
 * Returns the `traceparent` of the current span, if a tracer is provided and the span is sampled:
 * no system keeps the other traces.
 */
export const current = (context: Context.Context<never>): string | undefined => {
  if (!isTraced(context)) return undefined
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  if (span === undefined || !span.sampled || !isId(span.traceId, 32) || !isId(span.spanId, 16)) return undefined
  return `00-${span.traceId}-${span.spanId}-01`
}

/** Returns a link to the span of a `traceparent`; undefined for text of another form. */
export const linkTo = (traceparent: string): Tracer.SpanLink | undefined => {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  const sampled = (Number.parseInt(flags, 16) & 1) === 1
  return { span: Tracer.externalSpan({ traceId, spanId, sampled }), attributes: {} }
}
