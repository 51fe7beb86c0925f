import { isIPv6 } from 'node:net'

const addressOf = (host: string, port: number) => `http://${isIPv6(host) ? `[${host}]` : host}:${port}`

/** `0.0.0.0` and `::` stand for all addresses. */
export function ownAddress(host: string, port: number) {
  const loopback: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  return addressOf(loopback[host] ?? host, port)
}
