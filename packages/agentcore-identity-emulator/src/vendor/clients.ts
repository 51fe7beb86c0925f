import type { Request } from 'express'
import { AwsError } from '../aws-protocol/errors.ts'
import { equalInConstantTime } from '../constant-time.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { callbackUrl } from '../state/oauth2-provider.ts'
import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'

type Providers = Pick<EmulatorState, 'oauth2Providers' | 'publicUrl' | 'secrets'>

/** The clients of the built-in authorization server are the emulator's credential providers. */
const clientsOf = (clientId: string, { oauth2Providers }: Pick<Providers, 'oauth2Providers'>) =>
  [...oauth2Providers.values()].filter((provider) => provider.clientId === clientId)

/** Compares the redirect URI exactly (RFC 9700 §2.1). */
export const registeredClient = (clientId: string, redirectUri: string, state: Providers) =>
  clientsOf(clientId, state).find((provider) => callbackUrl(provider, state.publicUrl) === redirectUri)

/** RFC 6749 §2.3. */
export type Authentication = { clientId: string } | { refusal: 'invalid_client' | 'invalid_request' }

export function authenticateClient(request: Pick<Request, 'headers' | 'body'>, state: Providers): Authentication {
  const { authorization } = request.headers
  const ofBody = fromBody(request.body)
  if (authorization !== undefined && ofBody !== undefined) return { refusal: 'invalid_request' }
  const presented = authorization === undefined ? ofBody : fromHeader(authorization)
  if (presented === undefined) return { refusal: 'invalid_client' }
  const { clientId, clientSecret } = presented
  const known = clientsOf(clientId, state).some((client) => hasSecret(client, clientSecret, state))
  return known ? { clientId } : { refusal: 'invalid_client' }
}

function hasSecret({ clientSecret }: Oauth2Provider, presented: string, { secrets }: Providers) {
  try {
    return equalInConstantTime(secrets.read(clientSecret), presented)
  } catch (error) {
    // An external secret may not exist, and another client may have this id.
    if (error instanceof AwsError) return false
    throw error
  }
}

function fromHeader(header: string) {
  const [, encoded] = /^Basic ([\w+/=-]+)$/i.exec(header) ?? []
  if (encoded === undefined) return undefined
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  return { clientId: decodeForm(id), clientSecret: decodeForm(secret) }
}

function fromBody(body: Readonly<Record<string, unknown>>) {
  const { client_id: clientId, client_secret: clientSecret } = body
  return typeof clientId === 'string' && typeof clientSecret === 'string' ? { clientId, clientSecret } : undefined
}

/** Id and secret are form-encoded before base64 (RFC 6749 §2.3.1). */
function decodeForm(text: string) {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
