import type { RequestHandler } from 'express'

export interface SeenCall {
  /** Unix time in milliseconds. */
  at: number
  path: string
}

/** The limit for calls, and for tokens: it bounds the memory. */
const MOST = 20_000

export function createWitness(subjectOf: (authorization: string) => Promise<string | undefined>) {
  const calls: (SeenCall & { subject: string })[] = []
  /** Authorization header → subject. A token that was accepted once stays known when it is no longer accepted. */
  const known = new Map<string, string>()
  const watch: RequestHandler = async ({ path, headers: { authorization } }, _response, next) => {
    const at = Date.now()
    if (authorization !== undefined) {
      const subject = (await subjectOf(authorization)) ?? known.get(authorization)
      if (subject !== undefined) {
        known.set(authorization, subject)
        calls.push({ at, path, subject })
      }
    }
    if (calls.length > MOST) calls.shift()
    const [oldest] = known.keys()
    if (known.size > MOST && oldest !== undefined) known.delete(oldest)
    next()
  }
  return {
    watch,
    callsOf: (subject: string): SeenCall[] =>
      calls.filter((call) => call.subject === subject).map(({ at, path }) => ({ at, path })),
  }
}
