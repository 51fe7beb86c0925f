export type Query = Readonly<Record<string, unknown>>

/** A repeated parameter, which RFC 6749 §3.1 does not allow, counts as absent, and so does an empty one. */
export const single = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
