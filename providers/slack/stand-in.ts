import {
  type AuthorizationServer,
  type Caller,
  createVendor,
  findCaller,
  type StandIn,
} from '@agent-identity/stand-in-kit'
import express, { type RequestHandler, type Response, Router } from 'express'

const endpoints = { authorization: '/oauth/v2_user/authorize', token: '/api/oauth.v2.user.access' }
const YEAR = 365 * 24 * 3_600

/** Imitates slack.com. */
export const standIn: StandIn = {
  endpoints,
  create: (options) =>
    createVendor(options, {
      look: { colour: 'plum', name: 'Slack', standsInFor: 'slack.com' },
      scopes: {
        'channels:read': 'View basic information about public channels',
        'chat:write': 'Send messages on your behalf',
      },
      // Without token rotation, which is optional, a token is valid until it is revoked.
      client: { grant_types: ['authorization_code'], token_endpoint_auth_method: 'client_secret_post' },
      configuration: {
        routes: endpoints,
        ttl: { AccessToken: 10 * YEAR, Grant: 10 * YEAR },
        issueRefreshToken: () => false,
      },
      routes: (server) => [api(server)],
    }),
}

const channelsOf = ({ person }: Caller) => [
  { id: 'C0GENERAL', name: 'general' },
  { id: `C0${person.username.replaceAll('-', '').toUpperCase()}`, name: `notes-of-${person.username}` },
]

function api(server: AuthorizationServer): Router {
  const router = Router()
  const needs =
    (scope?: string): RequestHandler =>
    async (request, response, next) => {
      const authorization = request.get('authorization')
      if (!authorization) return refuse(response, 'not_authed')
      const caller = await findCaller(server, authorization)
      // The store forgets tokens that have ended.
      if (!caller) return refuse(response, 'token_revoked')
      response.set('X-OAuth-Scopes', [...caller.scopes].join(','))
      if (scope && !caller.scopes.has(scope)) return refuse(response, 'missing_scope', { needed: scope })
      response.locals.caller = caller
      next()
    }

  router.all('/api/auth.test', needs(), (_request, response) => {
    const { person } = response.locals.caller as Caller
    response.json({ ok: true, user: person.username, team: 'Example', user_id: `U-${person.username}`, team_id: 'T0' })
  })

  router.post('/api/auth.revoke', needs(), async (request, response) => {
    const token = await server.provider.AccessToken.find((request.get('authorization') ?? '').replace(/^Bearer /i, ''))
    await token?.destroy()
    response.json({ ok: true, revoked: true })
  })

  // A page is shorter than requested, as Slack's may be.
  router.all('/api/users.conversations', needs('channels:read'), (request, response) => {
    const channels = channelsOf(response.locals.caller)
    const at = channels.findIndex(({ id }) => id === (request.query.cursor ?? channels[0]?.id))
    if (at === -1) return refuse(response, 'invalid_cursor')
    const next_cursor = channels[at + 1]?.id ?? ''
    response.json({ ok: true, channels: channels.slice(at, at + 1), response_metadata: { next_cursor } })
  })

  router.post('/api/chat.postMessage', needs('chat:write'), express.json({ limit: '64kb' }), (request, response) => {
    const { channel, text } = (request.body ?? {}) as { channel?: unknown; text?: unknown }
    const found = channelsOf(response.locals.caller).find(({ id }) => id === channel)
    if (!found) return refuse(response, 'channel_not_found')
    if (typeof text !== 'string' || text === '') return refuse(response, 'no_text')
    response.json({ ok: true, channel: found.id, ts: '1700000000.000100', message: { text } })
  })
  return router
}

/** With status 200, like Slack. */
const refuse = (response: Response, error: string, more: object = {}) =>
  void response.json({ ok: false, error, ...more })
