import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { RequestHandler } from 'express'
import { z } from 'zod'

/** As at Amazon API Gateway. */
export const API_KEY_HEADER = 'x-api-key'

export const Fault = z.strictObject({
  /** This path and the paths below it. Default: every request with an access token or an API key. */
  path: z.string().startsWith('/').optional(),
  /** Absent: the request is only delayed. */
  status: z.int().min(200).max(599).optional(),
  body: z.json().optional(),
  contentType: z.string().optional(),
  delayMs: z.int().min(0).max(120_000).optional(),
  times: z.int().positive().default(1),
})
export type Fault = z.infer<typeof Fault>

export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** Mount before the vendor's own routes. */
  inject: RequestHandler
}

export function createFaults(): Faults {
  let faults: Fault[] = []
  return {
    add: (fault) => void faults.push(fault),
    clear() {
      faults = []
    },
    async inject(request, response, next) {
      const fault = faults.find((one) => matches(one, request.path, request.headers))
      if (!fault) return next()
      fault.times -= 1
      faults = faults.filter(({ times }) => times > 0)

      if (fault.delayMs) await delay(fault.delayMs)
      if (fault.status === undefined) return next()
      const { body = '' } = fault
      response
        .status(fault.status)
        .set('Content-Type', fault.contentType ?? (typeof body === 'string' ? 'text/plain' : 'application/json'))
        .end(typeof body === 'string' ? body : JSON.stringify(body))
    },
  }
}

function matches(fault: Fault, path: string, { authorization = '', ...headers }: IncomingHttpHeaders): boolean {
  if (fault.path === undefined) return /^(bearer|token) /i.test(authorization) || API_KEY_HEADER in headers
  return path === fault.path || path.startsWith(`${fault.path.replace(/\/$/, '')}/`)
}
