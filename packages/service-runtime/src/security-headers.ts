import type { RequestHandler } from 'express'
import helmet from 'helmet'

/**
 * The same strict headers on every answer of both services: nothing inline, nothing foreign, no framing, no referrer
 * (a return URL carries `state` and `session_id`), no caching of anything that knows a user.
 *
 * @param publicUrl turns HSTS on where the browser speaks HTTPS; on a laptop it would lock `localhost` into it.
 */
export function securityHeaders(publicUrl: string): RequestHandler[] {
  const https = publicUrl.startsWith('https:')
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'"],
          connectSrc: ["'self'"],
          // No form-action: signing out answers a form's POST with a redirect to the issuer, which it would block.
          baseUri: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
      crossOriginOpenerPolicy: { policy: 'same-origin' },
      crossOriginResourcePolicy: { policy: 'same-origin' },
      referrerPolicy: { policy: 'no-referrer' },
      strictTransportSecurity: https ? { maxAge: 63_072_000, includeSubDomains: true } : false,
      xFrameOptions: { action: 'deny' },
    }),
    (_request, response, next) => {
      response.setHeader('Cache-Control', 'no-store')
      next()
    },
  ]
}
