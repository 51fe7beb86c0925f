import type { RequestHandler } from 'express'
import { refuseCaller } from './may-control.ts'

/**
 * DNS rebinding has a foreign Host, another machine is not on loopback. A page of another origin sends an Origin when it posts or wants to read the
 * answer, and its browser may also send Sec-Fetch-Site.
 */
export function refuseStrangers(allowedHosts: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const site = request.headers['sec-fetch-site']
    const refusal =
      refuseCaller(request.socket.remoteAddress, request.headers.host, allowedHosts) ||
      (request.headers.origin !== undefined && 'Origin is not allowed') ||
      (site !== undefined && site !== 'none' && 'requests of web pages are not allowed')
    if (refusal) return void response.status(403).json({ message: `/_emulator: ${refusal}` })
    next()
  }
}

/** A form can send neither JSON nor DELETE, and a script of another origin needs a preflight for both. */
export const requireJson: RequestHandler = (request, response, next) => {
  const isJson = /^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')
  if (isJson || request.method === 'GET' || request.method === 'DELETE') next()
  else response.status(415).json({ message: '/_emulator: content-type must be application/json' })
}
