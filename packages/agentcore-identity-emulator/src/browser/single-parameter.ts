export type Query = Readonly<Record<string, unknown>>

/** RFC 6749 §3.1 does not allow a parameter twice: one that is there twice counts as absent, as an empty one does. */
export const single = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
