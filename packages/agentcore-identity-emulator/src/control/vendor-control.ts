import { Router } from 'express'
import { z } from 'zod'
import type { Browserless } from '../vendor/browserless.ts'
import type { BuiltInVendor } from '../vendor/built-in-vendor.ts'

const consentInput = z.strictObject({ as: z.string().min(1) })
const denyInput = z.strictObject({})
const whoseInput = z.strictObject({ as: z.string().min(1).optional() })

type Deps = {
  authorizations(): readonly object[]
  browserless: Browserless
  vendor: BuiltInVendor | undefined
}

export function vendorControl({ authorizations, browserless, vendor }: Deps): Router {
  const router = Router()
  router.get('/authorizations', (_request, response) => {
    response.json(authorizations())
  })
  router.post('/authorizations/:id/consent', async (request, response) => {
    response.json(await browserless.consent(request.params.id, consentInput.parse(request.body).as))
  })
  router.post('/authorizations/:id/deny', async (request, response) => {
    denyInput.parse(request.body ?? {})
    response.json(await browserless.deny(request.params.id))
  })
  if (vendor === undefined) return router

  router.post('/vendor/revoke', (request, response) => {
    response.json({ revoked: vendor.revokeAll(whoseInput.parse(request.body ?? {}).as) })
  })
  router.post('/vendor/expire', (request, response) => {
    response.json({ expired: vendor.expireAll(whoseInput.parse(request.body ?? {}).as) })
  })
  return router
}
