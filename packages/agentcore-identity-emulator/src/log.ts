/** Logged values must not contain tokens, codes, secrets or URLs of a flow. */
export type Log = Record<'info' | 'warn' | 'error', (entry: object) => void>

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
