import { connect, type Socket } from 'node:net'
import { PATIENCE_MS } from './patience.ts'

/** A connection that can send invalid HTTP. */
export class RawConnection {
  /** All received data. */
  received = ''
  /** Resolves when the peer has closed it. */
  readonly closed: Promise<void>
  private readonly socket: Socket

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname)
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk: string) => {
      this.received += chunk
    })
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
  }

  send(text: string): this {
    this.socket.write(text, 'latin1')
    return this
  }

  end(): void {
    this.socket.destroy()
  }

  /** The status of every answer, when the peer has closed the connection. The last request must ask for that (`Connection: close`). */
  async statuses(): Promise<number[]> {
    const deadline = setTimeout(
      () => this.socket.destroy(new Error('The peer did not close the connection')),
      PATIENCE_MS,
    )
    await this.closed
    clearTimeout(deadline)
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
  }
}

/** Sends it and reads to the end. */
export async function sendRaw(url: string, text: string): Promise<{ statuses: number[]; received: string }> {
  const connection = new RawConnection(url).send(text)
  return { statuses: await connection.statuses(), received: connection.received }
}
