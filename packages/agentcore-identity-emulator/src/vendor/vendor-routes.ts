import express, { type NextFunction, type Request, type Response, Router } from 'express'
import { single } from '../browser/single-parameter.ts'
import type { Calls } from '../control/calls.ts'
import type { Faults } from '../control/faults.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { isKnownHost } from '../known-host.ts'
import { type Markup, stylesheet } from '../pages/page.ts'
import { securityHeaders } from '../pages/security-headers.ts'
import { answerTo, DENIED, readAuthorizationRequest } from './authorization-request.ts'
import type { BuiltInVendor } from './built-in-vendor.ts'
import { authenticateClient } from './clients.ts'
import { metadata } from './metadata.ts'
import { answerTokenRequest, oauthError } from './token-requests.ts'
import { consentPage, refusalPage, returnPage, signInPage } from './vendor-pages.ts'

export const VENDOR_OPERATIONS = ['vendor:authorize', 'vendor:token', 'vendor:revocation', 'vendor:whoami'] as const
type VendorOperation = (typeof VENDOR_OPERATIONS)[number]

type Deps = { state: EmulatorState; vendor: BuiltInVendor; calls: Calls; faults: Faults; knownHosts: readonly string[] }

/**
 * The built-in authorization server. Its pages have no form-action in their policy: it would also apply to the redirect after the consent,
 * which leads to AgentCore's callback and from there to any return URL.
 */
export function vendorRoutes({ state, vendor, calls, faults, knownHosts }: Deps): Router {
  const router = Router()
  const form = express.urlencoded({ extended: false, limit: '64kb' })

  /** An endpoint like AWS's operations: with planned faults, and in the list of calls. */
  const endpoint =
    (operation: VendorOperation, answer: (request: Request, response: Response) => string | null | undefined) =>
    async (request: Request, response: Response, next: NextFunction) => {
      if (request.method === 'HEAD') return next()
      const fault = await faults.take(operation)
      const user = fault?.error ? sendPlanned(response, fault.error) : (answer(request, response) ?? null)
      calls.record({ operation, status: response.statusCode, principal: null, user, decision: null })
      if (fault?.dropReply) response.destroy()
    }

  router.use('/vendor', refuseForeignHosts(knownHosts), (_request, response, next) => {
    response.set(securityHeaders(''))
    next()
  })
  router.get('/vendor/pages.css', (_request, response) => void response.type('css').send(stylesheet))
  router.get('/vendor/return', (request, response) => {
    const { session_id: sessionId, error } = request.query
    sendPage(response, returnPage(error ? 'denied' : sessionId ? 'returned' : 'nothing'))
  })
  router.get(
    '/vendor/authorize',
    endpoint('vendor:authorize', (request, response) => {
      const read = readAuthorizationRequest(request.query, state)
      if (read.kind === 'refused') sendPage(response.status(400), refusalPage(read.message))
      else if (read.kind === 'returned') response.redirect(303, read.location)
      else showRequest(vendor.begin(read.request), response)
      return null
    }),
  )
  router.post('/vendor/sign-in', form, (request, response) => {
    const id = single(request.body.request) ?? ''
    const pending = vendor.find(id)
    const user = vendor.users.find((name) => name === request.body.as)
    if (pending) pending.user = user
    showRequest(id, response)
  })
  router.post('/vendor/consent', form, (request, response) => {
    const id = single(request.body.request) ?? ''
    const { decision } = request.body
    const user = vendor.find(id)?.user
    if (user === undefined || !['allow', 'deny'].includes(decision)) return showRequest(id, response)
    const pending = vendor.take(id)
    if (pending === undefined) return showRequest(id, response)
    const answer = decision === 'allow' ? { code: vendor.consent(pending, user) } : DENIED
    response.redirect(303, answerTo(pending, answer))
  })
  router.post(
    '/vendor/token',
    form,
    endpoint('vendor:token', (request, response) => {
      const clientId = authenticateClient(request, state)
      const answer = clientId ? answerTokenRequest(request.body, clientId, vendor) : unknownClient()
      response.status(answer.status).json(answer.body)
      return vendor.inspect(String(answer.body.access_token))?.user
    }),
  )
  router.post(
    '/vendor/revocation',
    form,
    endpoint('vendor:revocation', (request, response) => {
      const clientId = authenticateClient(request, state)
      if (clientId === undefined) response.status(401).json(unknownClient().body)
      else {
        vendor.revokeToken(single(request.body.token) ?? '', clientId)
        response.status(200).end()
      }
      return null
    }),
  )
  router.get(
    '/vendor/whoami',
    endpoint('vendor:whoami', (request, response) => {
      const [, token = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
      const grant = vendor.inspect(token)
      if (grant === undefined) {
        // RFC 6750 §3.1.
        response.status(401).set('www-authenticate', 'Bearer error="invalid_token"').json({ error: 'invalid_token' })
        return null
      }
      const { user = null, clientId, scopes, expiresInSeconds } = grant
      response.json({ user, clientId, scopes, expiresInSeconds })
      return user
    }),
  )
  for (const path of [
    '/.well-known/oauth-authorization-server/vendor',
    '/vendor/.well-known/oauth-authorization-server',
  ])
    router.get(path, (_request, response) => void response.json(metadata(state)))
  return router

  function showRequest(id: string, response: Response) {
    const pending = vendor.find(id)
    if (pending === undefined)
      sendPage(response.status(400), refusalPage('This request is unknown, decided already or over. Start again.'))
    else if (pending.user === undefined) sendPage(response, signInPage(id, vendor.users))
    else sendPage(response, consentPage(id, pending, pending.user))
  }
}

const sendPage = (response: Response, page: Markup) => void response.type('html').send(page.toString())

const unknownClient = () => oauthError('invalid_client', 'Unknown client, or not its secret', 401)

/** OAuth's errors are in lower case; clients of an authorization server do not know AWS's. */
function sendPlanned(response: Response, { type, status, message }: { type: string; status: number; message: string }) {
  const error = /^[a-z_]+$/.test(type) ? type : 'server_error'
  response.status(status).json(oauthError(error, message).body)
  return null
}

/** With DNS rebinding, a page of another site could read the forms and consent by itself. */
function refuseForeignHosts(knownHosts: readonly string[]) {
  return (request: Request, response: Response, next: NextFunction) => {
    if (isKnownHost(request.headers.host, knownHosts)) return next()
    response.status(403).json({ message: 'agentcore-identity-emulator: unknown Host; set publicUrl' })
  }
}
