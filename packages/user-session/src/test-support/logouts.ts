import { randomUUID } from 'node:crypto'
import { CLIENT } from './issuer.ts'
import type { World } from './world.ts'

export const PATH = '/auth/back-channel-logout'
export const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} }
export const now = () => Math.floor(Date.now() / 1_000)

export function logoutsAt(world: World) {
  const claims = (changed: object = {}) => ({
    iss: world.issuer.url,
    aud: CLIENT.clientId,
    sub: 'alice',
    iat: now(),
    exp: now() + 120,
    jti: randomUUID(),
    events: EVENTS,
    ...changed,
  })
  const token = (changed: object = {}, header: object = {}, signature?: (input: string) => string) =>
    world.issuer.sign(claims(changed), { typ: 'logout+jwt', ...header }, signature)

  /** Posts as an issuer does: no cookie, no Origin, a form. */
  async function logOut(
    fields: string | [string, string][],
    contentType = 'application/x-www-form-urlencoded',
    replica = world.replicas[0].url,
  ) {
    const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
    const url = new URL(PATH, replica)
    return fetch(url, { method: 'POST', body, headers: { 'content-type': contentType } })
  }
  const send = (logoutToken: string, replica?: string) => logOut([['logout_token', logoutToken]], undefined, replica)

  return { token, logOut, send }
}
