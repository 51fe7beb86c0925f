import { isLoopbackHost } from './loopback.ts'

/** Whether a `Host` names this server: a loopback name, or a configured one. Another name may come from a page, by DNS rebinding. */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  const hostname = hostnameOf(host)
  return hostname !== undefined && (isLoopbackHost(hostname) || names.includes(hostname))
}

/** The names of this server besides loopback's: the configured ones, and those of its own addresses. */
export const namesOf = (urls: readonly string[], configured: readonly string[]) => [
  ...configured,
  ...urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname),
]

/** Whether a `Host` is one of these names; loopback is not included by default. */
export function namesHost(host: string | undefined, names: readonly string[]): boolean {
  const hostname = hostnameOf(host)
  return hostname !== undefined && names.includes(hostname)
}

function hostnameOf(host: string | undefined) {
  const address = `http://${host}`
  return host === undefined || !URL.canParse(address) ? undefined : new URL(address).hostname
}
