export type Query = Readonly<Record<string, unknown>>

/** A parameter given twice means two things (RFC 6749 §3.1): it counts as absent. */
export const single = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
