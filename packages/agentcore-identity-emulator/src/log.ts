/** The three methods of pino this package uses. Values logged here never hold tokens, codes, secrets or URLs of a flow. */
export type Log = Record<'info' | 'warn' | 'error', (entry: object) => void>

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
