import autocannon from 'autocannon'
import type { ServerProcess } from './server-process.ts'

export interface Load {
  /** Answers per second of the server's CPU time. */
  perCpuSecond: number
  /** Depends on other processes of the machine. */
  perSecond: number
  p99Ms: number
  /** A short run uses only some of many cookies. */
  cookiesUsed: number
}

const CONNECTIONS = 16

/** Each connection sends its share of the cookies, one after the other, and begins again. Rejects unless every answer was a success (2xx). */
export async function load(
  server: Pick<ServerProcess, 'url' | 'usage'>,
  options: { path: string; cookies: readonly string[]; host?: string } & ({ seconds: number } | { requests: number }),
): Promise<Load> {
  const { path, cookies, host = new URL(server.url).host } = options
  const shares = Array.from({ length: Math.min(CONNECTIONS, cookies.length) }, (_, n) => ({
    cookies: cookies.filter((_cookie, index) => index % CONNECTIONS === n),
    answers: 0,
  }))
  let connected = 0
  const before = await server.usage()
  const result = await autocannon({
    url: server.url + path,
    connections: CONNECTIONS,
    ...('seconds' in options ? { duration: options.seconds } : { amount: options.requests }),
    setupClient(client) {
      const share = shares[connected++ % shares.length]
      if (!share) return
      client.setRequests(
        share.cookies.map((cookie) => ({
          method: 'GET',
          path,
          headers: { host, ...(cookie === '' ? {} : { cookie }) },
        })),
      )
      client.on('response', () => {
        share.answers++
      })
    },
  })
  const after = await server.usage()
  const answered = result['2xx']
  if (answered === 0 || result.non2xx > 0 || result.errors > 0)
    throw new Error(`Of ${result.requests.total} requests ${result.non2xx} were refused and ${result.errors} failed`)
  return {
    perCpuSecond: answered / (after.cpuSeconds - before.cpuSeconds),
    perSecond: answered / result.duration,
    p99Ms: result.latency.p99,
    cookiesUsed: shares.reduce((used, share) => used + Math.min(share.answers, share.cookies.length), 0),
  }
}
