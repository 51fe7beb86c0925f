import { isKnownHost, namesHost } from '../known-host.ts'
import { isLoopbackAddress } from '../loopback.ts'

/**
 * An allowed Host opens the routes to every machine that reaches the port, because a caller chooses its Host.
 *
 * @returns undefined for an allowed caller
 */
export function refuseCaller(address: string | undefined, host: string | undefined, allowedHosts: readonly string[]) {
  if (!isLoopbackAddress(address ?? '') && !namesHost(host, allowedHosts)) {
    return 'only loopback may call; add the host name that you call by to controlHosts'
  }
  return isKnownHost(host, allowedHosts)
    ? undefined
    : 'unknown Host; use a loopback name, or add this name to controlHosts'
}
