import express, { Router } from 'express'
import type { AuthorizationServer } from './authorization-server/create-authorization-server.ts'
import { BOXES_SHOWN, boxOf, consentPage } from './pages/consent-page.ts'
import { PAGE_HEADERS } from './pages/style.ts'

export interface ConsentDefinition {
  /** Scope → its description. */
  scopes: Readonly<Record<string, string>>
  /** Whether users may leave this scope out. Default: no. */
  optional?: (scope: string) => boolean
  /** Called before the code is issued. */
  onConsent?: (grantId: string, parameters: Readonly<Record<string, unknown>>) => void
}

/** No scope is left out without the field `boxes`, which browsers send and test programs need not. */
const isLeftOut = (scope: string, body: Record<string, unknown>) =>
  body[BOXES_SHOWN] !== undefined && body[boxOf(scope)] === undefined

export function consentRoutes(
  server: AuthorizationServer,
  { scopes: known, optional, onConsent }: ConsentDefinition,
): Router {
  const { provider, people, look, applicationName } = server
  const requested = (scope: unknown) => [...new Set(String(scope ?? '').split(' '))].filter((one) => one in known)

  const router = Router()
  router.get('/interaction/:uid', async (request, response, next) => {
    const { prompt, uid, params, session } = await provider.interactionDetails(request, response)
    if (prompt.name !== 'consent') return next()
    const page = consentPage({
      look,
      applicationName,
      account: people.withSubject(session?.accountId ?? '')?.username ?? '',
      scopes: requested(params.scope).map((scope) => ({
        scope,
        description: known[scope] ?? scope,
        isOptional: optional?.(scope) ?? false,
      })),
      returnsTo: new URL(String(params.redirect_uri)).origin,
      action: `/interaction/${uid}/consent`,
    })
    response.set(PAGE_HEADERS).send(page)
  })

  router.post('/interaction/:uid/consent', express.urlencoded({ limit: '8kb' }), async (request, response) => {
    const { grantId, params, session } = await provider.interactionDetails(request, response)
    if (request.body?.decision !== 'authorize' || !session)
      return provider.interactionFinished(request, response, {
        error: 'access_denied',
        error_description: 'The user has denied your application access.',
      })

    const existing = grantId ? await provider.Grant.find(grantId) : undefined
    const grant = existing ?? new provider.Grant({ accountId: session.accountId, clientId: String(params.client_id) })
    const leftOut = requested(params.scope).filter((scope) => optional?.(scope) && isLeftOut(scope, request.body))
    const granted = requested(params.scope).filter((scope) => !leftOut.includes(scope))
    // What was left out before may be granted now.
    grant.rejected = {}
    if (granted.length > 0) grant.addOIDCScope(granted.join(' '))
    if (leftOut.length > 0) grant.rejectOIDCScope(leftOut.join(' '))
    const savedId = await grant.save()
    onConsent?.(savedId, params)
    await provider.interactionFinished(request, response, { consent: { grantId: savedId } })
  })
  return router
}
