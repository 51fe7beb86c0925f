import { isKnownHost, namesHost } from '../known-host.ts'
import { isLoopbackAddress } from '../loopback.ts'

/**
 * Why this caller is refused, or undefined. Callers from a loopback address need a loopback Host or an allowed one, callers from another
 * address an allowed one: allowing it opens the routes to that network, because a caller chooses its Host.
 */
export function refuseCaller(address: string | undefined, host: string | undefined, allowedHosts: readonly string[]) {
  if (!isLoopbackAddress(address ?? '') && !namesHost(host, allowedHosts)) {
    return 'only loopback may call; add the host name that you call by to controlHosts'
  }
  return isKnownHost(host, allowedHosts)
    ? undefined
    : 'unknown Host; use a loopback name, or add this name to controlHosts'
}
