import { isLoopbackHost } from './loopback.ts'

export type UrlPolicy = { allows(url: string): boolean }

/** On hosts other than `plainHttpHosts` and loopback, plain HTTP would reveal client secrets and let an attacker choose the signing keys. */
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
