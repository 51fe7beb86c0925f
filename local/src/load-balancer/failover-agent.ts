import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export class NoReplicaError extends Error {}

/** No request is sent to two replicas: it is written after the connection is established. */
export class FailoverAgent extends Agent {
  readonly #replicas: readonly URL[]

  constructor(replicas: readonly URL[]) {
    // The services close an idle connection after 65 s.
    super({ keepAlive: true, timeout: 60_000 })
    this.#replicas = replicas
  }

  override createConnection(_options: object, callback: (error: Error | null, stream: Duplex) => void): undefined {
    connectToFirst(this.#replicas).then(
      (socket) => callback(null, socket),
      (error) => callback(error, undefined as unknown as Duplex),
    )
  }
}

async function connectToFirst([first, ...others]: readonly URL[]): Promise<Socket> {
  if (!first) throw new NoReplicaError('No replica takes connections')
  return connectTo(first).catch(() => connectToFirst(others))
}

function connectTo({ hostname, port }: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
