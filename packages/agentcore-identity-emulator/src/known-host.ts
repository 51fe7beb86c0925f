import { isLoopbackHost } from './loopback.ts'

/** Whether a `Host` names this server: a loopback one, or a name that it was told. Another one is a name that a page's DNS has rebound. */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  const address = `http://${host}`
  if (host === undefined || !URL.canParse(address)) return false
  const { hostname } = new URL(address)
  return isLoopbackHost(hostname) || names.includes(hostname)
}
