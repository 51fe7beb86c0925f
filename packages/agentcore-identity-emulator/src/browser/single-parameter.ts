export type Query = Readonly<Record<string, unknown>>

/** A repeated parameter (against RFC 6749 §3.1) or an empty one counts as absent. */
export const single = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
