import autocannon from 'autocannon'
import type { ServerProcess } from './server-process.ts'

export interface Load {
  /** Requests for each CPU second of the server: the rate that one core would answer if it did nothing else. */
  perCpuSecond: number
  /** Requests for each wall-clock second, which depends on other processes of the machine. */
  perSecond: number
  p99Ms: number
}

const CONNECTIONS = 16

/** Repeats one GET on a few connections for a while. Rejects unless every answer was a success (2xx). */
export async function load(
  server: Pick<ServerProcess, 'url' | 'usage'>,
  options: { path: string; cookies: readonly string[]; seconds: number; host?: string },
): Promise<Load> {
  const { path, cookies, seconds, host = new URL(server.url).host } = options
  const before = await server.usage()
  const result = await autocannon({
    url: server.url + path,
    connections: CONNECTIONS,
    duration: seconds,
    requests: cookies.map((cookie) => ({
      method: 'GET',
      path,
      headers: { host, ...(cookie === '' ? {} : { cookie }) },
    })),
  })
  const after = await server.usage()
  const answered = result['2xx']
  if (answered === 0 || result.non2xx > 0 || result.errors > 0)
    throw new Error(`Of ${result.requests.total} requests ${result.non2xx} were refused and ${result.errors} failed`)
  return {
    perCpuSecond: answered / (after.cpuSeconds - before.cpuSeconds),
    perSecond: answered / result.duration,
    p99Ms: result.latency.p99,
  }
}
