import express, { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { Fault, type Faults } from './faults.ts'
import type { People } from './people.ts'
import type { SeenCall } from './witness.ts'

interface Controlled {
  people: People
  revokeGrantsOf(subject: string): void
  /** `tokens`: how many of the user's tokens are accepted now. `calls`: requests with such a token, or with one that was accepted before. */
  seenOf(subject: string): { tokens: number; calls: readonly SeenCall[] }
}

export function controlRoutes({ people, revokeGrantsOf, seenOf }: Controlled, faults: Faults): Router {
  const router = Router()
  router.use(refuseWebPages, express.json({ limit: '1mb' }))

  router.post('/faults', (request, response) => {
    const fault = Fault.safeParse(request.body)
    if (!fault.success) return void response.status(400).json({ error: z.prettifyError(fault.error) })
    faults.add(fault.data)
    response.status(204).end()
  })

  router.post('/mend', (_request, response) => {
    faults.clear()
    response.status(204).end()
  })

  router.post('/revoke', (request, response) => {
    const person = people.withUsername(String(request.body?.username))
    if (!person) return void response.status(404).json({ error: 'no user has that username' })
    revokeGrantsOf(person.subject)
    response.status(204).end()
  })

  router.post('/witness', (request, response) => {
    const person = people.withUsername(String(request.body?.username))
    if (!person) return void response.status(404).json({ error: 'no user has that username' })
    response.json(seenOf(person.subject))
  })

  router.use(
    (_request, response) =>
      void response
        .status(404)
        .json({ error: 'POST /_vendor/faults, /_vendor/mend, /_vendor/revoke or /_vendor/witness' }),
  )
  return router
}

/**
 * Any page in the developer's browser can send requests to loopback. But a form cannot send JSON, and with DNS rebinding the Host is another
 * name.
 */
const refuseWebPages: RequestHandler = (request, response, next) => {
  const fromBrowser = request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (fromBrowser || !['127.0.0.1', 'localhost', '[::1]'].includes(host))
    response.status(403).json({ error: 'for test programs on this machine only' })
  else if (!request.is('application/json')) response.status(415).json({ error: 'send application/json' })
  else next()
}
