/** The three pino methods that this package uses. Logged values never contain tokens, codes, secrets or URLs of a flow. */
export type Log = Record<'info' | 'warn' | 'error', (entry: object) => void>

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
