import { Agent, request } from 'node:http'

/** Sends `connections` requests at a time. @returns how long each took, in milliseconds. Rejects when an answer is not 200. */
export async function closedLoop(
  origin: string,
  requests: readonly { path: string; cookie: string }[],
  connections: number,
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const latencies: number[] = []
  const queue = requests.values()
  const one = async () => {
    for (const { path, cookie } of queue) {
      const startedAt = performance.now()
      await get(new URL(path, origin), cookie, agent)
      latencies.push(performance.now() - startedAt)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, one))
  } finally {
    agent.destroy()
  }
  return latencies
}

function get(url: URL, cookie: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, headers: { cookie } }, (response) => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${url.pathname} answered ${response.statusCode}`)),
      )
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
