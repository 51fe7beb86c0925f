import { isLoopbackHost } from './loopback.ts'

/** A request under another name may come from a web page, by DNS rebinding. */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  const hostname = hostnameOf(host)
  return hostname !== undefined && (isLoopbackHost(hostname) || names.includes(hostname))
}

export const namesOf = (urls: readonly string[], configured: readonly string[]) => [
  ...configured,
  ...urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname),
]

/** Here a loopback name has to be among `names`, too. */
export function namesHost(host: string | undefined, names: readonly string[]): boolean {
  const hostname = hostnameOf(host)
  return hostname !== undefined && names.includes(hostname)
}

/** In lower case, without a port. Undefined for anything but a host. */
export function hostnameOf(host: string | undefined): string | undefined {
  const address = `http://${host}`
  return host === undefined || /[/\\?#@]/.test(host) || !URL.canParse(address) ? undefined : new URL(address).hostname
}
