import express, { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express'
import { single } from '../browser/single-parameter.ts'
import type { Calls } from '../control/calls.ts'
import type { Changes } from '../control/changes.ts'
import type { Faults } from '../control/faults.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { isKnownHost } from '../known-host.ts'
import { stylesheet } from '../pages/page.ts'
import { securityHeaders } from '../pages/security-headers.ts'
import { answerTo, DENIED, readAuthorizationRequest } from './authorization-request.ts'
import type { BuiltInVendor } from './built-in-vendor.ts'
import { authenticateClient } from './clients.ts'
import { metadata } from './metadata.ts'
import { type Reply, sendReply } from './reply.ts'
import { answerTokenRequest, missing, oauthError } from './token-requests.ts'
import { consentPage, refusalPage, returnPage, signInPage } from './vendor-pages.ts'

export const VENDOR_OPERATIONS = ['vendor:authorize', 'vendor:token', 'vendor:revocation', 'vendor:whoami'] as const
type VendorOperation = (typeof VENDOR_OPERATIONS)[number]

type Deps = {
  state: EmulatorState
  vendor: BuiltInVendor
  calls: Calls
  changes: Changes
  faults: Faults
  knownHosts: readonly string[]
}

/** No form-action in the policy: in some browsers it also applies to the redirects after the consent, and they may lead to any return URL. */
export function vendorRoutes({ state, vendor, calls, changes, faults, knownHosts }: Deps): Router {
  const router = Router()
  const readForm = express.urlencoded({ extended: false, limit: '64kb' })
  const form: RequestHandler = (request, response, next) =>
    readForm(request, response, (error) => {
      // Express leaves a body of another type, or none, undefined.
      request.body ??= {}
      next(error)
    })

  const endpoint =
    (operation: VendorOperation, answer: (request: Request) => Reply) =>
    async (request: Request, response: Response, next: NextFunction) => {
      if (request.method === 'HEAD') return next()
      const fault = await faults.take(operation)
      const reply = fault?.error ? plannedReply(fault.error) : answer(request)
      const { status, user = null } = reply
      calls.record({ operation, status, principal: null, user, decision: null })
      if (fault?.dropReply) response.destroy()
      else sendReply(response, reply)
    }

  router.use('/vendor', refuseForeignHosts(knownHosts), (_request, response, next) => {
    response.set(securityHeaders(''))
    next()
  })
  router.get('/vendor/pages.css', (_request, response) => void response.type('css').send(stylesheet))
  router.get('/vendor/return', (request, response) => {
    const { session_id: sessionId, error } = request.query
    sendReply(response, { status: 200, page: returnPage(error ? 'denied' : sessionId ? 'returned' : 'nothing') })
  })
  router.get(
    '/vendor/authorize',
    endpoint('vendor:authorize', ({ query }) => {
      const read = readAuthorizationRequest(query, state)
      if (read.kind === 'refused') return { status: 400, page: refusalPage(read.message) }
      if (read.kind === 'returned') return { status: 303, location: read.location }
      return showRequest(vendor.begin(read.request))
    }),
  )
  router.post('/vendor/sign-in', form, (request, response) => {
    const id = single(request.body.request) ?? ''
    const pending = vendor.find(id)
    const user = vendor.users.find((name) => name === request.body.as)
    if (pending) {
      pending.user = user
      changes.announce()
    }
    sendReply(response, showRequest(id))
  })
  router.post('/vendor/consent', form, (request, response) => {
    const id = single(request.body.request) ?? ''
    const { decision } = request.body
    const user = vendor.find(id)?.user
    if (user === undefined || !['allow', 'deny'].includes(decision)) return sendReply(response, showRequest(id))
    const pending = vendor.take(id)
    if (pending === undefined) return sendReply(response, showRequest(id))
    const answer = decision === 'allow' ? { code: vendor.consent(pending, user) } : DENIED
    changes.announce()
    sendReply(response, { status: 303, location: answerTo(pending, answer) })
  })
  router.post(
    '/vendor/token',
    form,
    endpoint('vendor:token', (request) => {
      const client = authenticateClient(request, state)
      if ('refusal' in client) return unauthenticated(client.refusal, request)
      const { status, body } = answerTokenRequest(request.body, client.clientId, vendor)
      return { status, json: body, user: vendor.inspect(String(body.access_token))?.user }
    }),
  )
  router.post(
    '/vendor/revocation',
    form,
    endpoint('vendor:revocation', (request) => {
      const client = authenticateClient(request, state)
      if ('refusal' in client) return unauthenticated(client.refusal, request)
      const token = single(request.body.token)
      if (token === undefined) return { status: 400, json: missing('token').body }
      vendor.revokeToken(token, client.clientId)
      return { status: 200, empty: true }
    }),
  )
  router.get(
    '/vendor/whoami',
    endpoint('vendor:whoami', ({ headers: { authorization = '' } }) => {
      const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
      const grant = vendor.inspect(token)
      // RFC 6750 §3.1: the answer to a request without a token names no error.
      if (token === '') return { status: 401, headers: { 'www-authenticate': 'Bearer' }, json: {} }
      const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
      if (grant === undefined) return { status: 401, headers, json: { error: 'invalid_token' } }
      const { user = null, clientId, scopes, expiresInSeconds } = grant
      return { status: 200, json: { user, clientId, scopes, expiresInSeconds }, user }
    }),
  )
  for (const path of [
    '/.well-known/oauth-authorization-server/vendor',
    '/vendor/.well-known/oauth-authorization-server',
  ])
    router.get(path, (_request, response) => void response.json(metadata(state)))
  return router

  function showRequest(id: string): Reply {
    const pending = vendor.find(id)
    if (pending === undefined)
      return { status: 400, page: refusalPage('This request is unknown, decided already or over. Start again.') }
    if (pending.user === undefined) return { status: 200, page: signInPage(id, vendor.users) }
    return { status: 200, page: consentPage(id, pending, pending.user) }
  }
}

/** RFC 6749 §5.2. */
function unauthenticated(error: 'invalid_client' | 'invalid_request', { headers }: Request): Reply {
  if (error === 'invalid_request')
    return { status: 400, json: oauthError(error, 'Authenticate by the header or by the body, not by both').body }
  const { status, body } = oauthError(error, 'Unknown client, or not its secret', 401)
  return {
    status,
    headers: headers.authorization === undefined ? {} : { 'www-authenticate': 'Basic realm="vendor"' },
    json: body,
  }
}

/** OAuth's errors are in lower case. OAuth clients do not know AWS's errors, such as `ThrottlingException`. */
function plannedReply({ type, status, message }: { type: string; status: number; message: string }): Reply {
  const error = /^[a-z_]+$/.test(type) ? type : 'server_error'
  return { status, json: oauthError(error, message).body }
}

/** With DNS rebinding, a page of another site could read the forms and consent by itself. */
function refuseForeignHosts(knownHosts: readonly string[]) {
  return (request: Request, response: Response, next: NextFunction) => {
    if (isKnownHost(request.headers.host, knownHosts)) return next()
    response
      .status(403)
      .json({ message: 'agentcore-identity-emulator: unknown Host; set publicUrl, or a name in operationHosts' })
  }
}
