import { connect, type Socket } from 'node:net'
import { PATIENCE_MS } from './patience.ts'

/** A connection that can send invalid HTTP. */
export class RawConnection {
  received = ''
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

  /** Once the connection is closed: the last request should ask for that (`Connection: close`). */
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

export async function sendRaw(url: string, text: string): Promise<{ statuses: number[]; received: string }> {
  const connection = new RawConnection(url).send(text)
  return { statuses: await connection.statuses(), received: connection.received }
}
