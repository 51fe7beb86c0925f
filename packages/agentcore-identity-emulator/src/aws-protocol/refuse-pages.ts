import type { RequestHandler } from 'express'
import { isKnownHost } from '../known-host.ts'

/** AWS's operations are for programs: no SDK sends an Origin, and a page on this machine always does, or comes with a foreign Host. */
export function refusePages(knownHosts: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const refusal =
      (request.headers.origin !== undefined && 'Origin is not allowed') ||
      (!isKnownHost(request.headers.host, knownHosts) &&
        'unknown Host; set publicUrl, or controlHosts, which opens /_emulator as well')
    if (!refusal) return next()
    response.status(403).set('x-amzn-errortype', 'AccessDeniedException')
    response.json({ message: `agentcore-identity-emulator: ${refusal}` })
  }
}
