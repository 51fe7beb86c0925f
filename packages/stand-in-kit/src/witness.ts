import type { RequestHandler } from 'express'

export interface SeenCall {
  /** Unix time in milliseconds. */
  at: number
  path: string
}

/** Bounds the memory. */
const MOST_CALLS = 20_000

export function createWitness(subjectOf: (authorization: string) => Promise<string | undefined>) {
  const calls: (SeenCall & { subject: string })[] = []
  const watch: RequestHandler = async ({ path, headers: { authorization } }, _response, next) => {
    const at = Date.now()
    const subject = authorization && (await subjectOf(authorization))
    if (subject) calls.push({ at, path, subject })
    if (calls.length > MOST_CALLS) calls.shift()
    next()
  }
  return {
    watch,
    callsOf: (subject: string): SeenCall[] =>
      calls.filter((call) => call.subject === subject).map(({ at, path }) => ({ at, path })),
  }
}
