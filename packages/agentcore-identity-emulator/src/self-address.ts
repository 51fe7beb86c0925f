import { isIPv6 } from 'node:net'

/** The address of a server that listens on this host and port. */
const addressOf = (host: string, port: number) => `http://${isIPv6(host) ? `[${host}]` : host}:${port}`

/** Where a server on this host and port reaches itself. `0.0.0.0` and `::` are for listening only: the call goes to loopback. */
export function ownAddress(host: string, port: number) {
  const loopback: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  return addressOf(loopback[host] ?? host, port)
}
