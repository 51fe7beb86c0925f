import { isLoopbackHost } from './loopback.ts'

export type UrlPolicy = { allows(url: string): boolean }

/**
 * AWS talks to issuers and authorization servers over HTTPS. Here plain HTTP is allowed where nobody else can listen or
 * answer, on loopback, and on hosts the operator names (a container network): elsewhere it would give away client
 * secrets and let anybody on the way choose the signing keys.
 */
export function createUrlPolicy(plainHttpHosts: readonly string[]): UrlPolicy {
  return {
    allows(text) {
      if (!URL.canParse(text)) return false
      const { protocol, hostname, username, password } = new URL(text)
      if (username !== '' || password !== '') return false
      return (
        protocol === 'https:' ||
        (protocol === 'http:' && (isLoopbackHost(hostname) || plainHttpHosts.includes(hostname)))
      )
    },
  }
}
