import { isLoopbackHost } from './loopback.ts'

/** Whether a `Host` names this server: a loopback one, or a name that it was told. Another one is a name that a page's DNS has rebound. */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  const hostname = hostnameOf(host)
  return hostname !== undefined && (isLoopbackHost(hostname) || names.includes(hostname))
}

/** Whether a `Host` is one of these names, loopback's no exception. */
export function namesHost(host: string | undefined, names: readonly string[]): boolean {
  const hostname = hostnameOf(host)
  return hostname !== undefined && names.includes(hostname)
}

function hostnameOf(host: string | undefined) {
  const address = `http://${host}`
  return host === undefined || !URL.canParse(address) ? undefined : new URL(address).hostname
}
