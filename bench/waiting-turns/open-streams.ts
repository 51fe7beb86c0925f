import { type ClientRequest, request } from 'node:http'

/** Resolves when every stream has been answered. @returns a function that closes them */
export async function openStreams(
  origin: string,
  streams: readonly { path: string; cookie: string }[],
): Promise<() => void> {
  const open: ClientRequest[] = []
  const queue = streams.values()
  const one = async () => {
    for (const { path, cookie } of queue) open.push(await openStream(new URL(path, origin), cookie))
  }
  await Promise.all(Array.from({ length: 32 }, one))
  return () => {
    for (const outgoing of open) outgoing.destroy()
  }
}

function openStream(url: URL, cookie: string): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const headers = { cookie, accept: 'text/event-stream' }
    const outgoing = request(url, { agent: false, headers }, (response) => {
      response.on('error', () => {})
      response.resume()
      if (response.statusCode === 200) resolve(outgoing)
      else reject(new Error(`An event stream was answered ${response.statusCode}`))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
