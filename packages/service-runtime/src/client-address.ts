import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/**
 * Whose requests are counted together where nobody is signed in: an IPv4 address, or the /64 of an IPv6 one, since a
 * subscriber has all of it.
 *
 * Every proxy appends the address that it was spoken to from, and what stands before that was sent along by the client. So
 * the entry that counts is as many from the end as there are proxies of ours; no other header and no entry further left is
 * believed. A request that came past them is counted by its connection.
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
  // ::ffff:192.0.2.1 is how a socket that listens on both families spells IPv4.
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff')
    return groups
      .slice(6)
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
      .join('.')
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups, in the spelling of the URL standard: lower case, no leading zeros, no dotted end. */
function groupsOf(address: string): string[] {
  const { hostname } = new URL(`http://[${address.split('%', 1)[0]}]`)
  const [head = '', tail] = hostname.slice(1, -1).split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail ? tail.split(':') : []
  return [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last]
}
