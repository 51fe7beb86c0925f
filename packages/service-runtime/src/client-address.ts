import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/**
 * What a limit counts together: an IPv4 address, or the /64 of an IPv6 address, because one subscriber usually has a whole /64.
 *
 * Each trusted proxy appends its peer to `X-Forwarded-For`; earlier entries were sent by the client. So the `trustedProxies`th entry from the
 * end counts, or the address of the connection.
 */
export function clientAddress(request: Pick<IncomingMessage, 'headers' | 'socket'>, trustedProxies: number): string {
  const connection = request.socket.remoteAddress ?? ''
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',')
  const entry = trustedProxies > 0 ? (forwarded.at(-trustedProxies)?.trim() ?? '') : ''
  return networkOf(isIP(entry) === 0 ? connection : entry)
}

function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const groups = groupsOf(address)
  // ::ffff:192.0.2.1 is an IPv4 address on a dual-stack socket.
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff')
    return groups
      .slice(6)
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
      .join('.')
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups of an IPv6 address, in lower case, without leading zeros or a dotted end. */
function groupsOf(address: string): string[] {
  const { hostname } = new URL(`http://[${address.split('%', 1)[0]}]`)
  const [head = '', tail] = hostname.slice(1, -1).split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail ? tail.split(':') : []
  return [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last]
}
