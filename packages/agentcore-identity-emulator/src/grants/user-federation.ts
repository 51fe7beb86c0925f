import { AwsError, ValidationException } from '../aws-protocol/errors.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { vaultKey } from '../state/token-request.ts'
import { currentAccessToken } from './current-access-token.ts'
import { type Grantee, namesOf, type TokenInput, tokenRequest } from './token-input.ts'

type TokenAnswer = {
  accessToken?: string
  authorizationUrl?: string
  sessionUri?: string
  sessionStatus?: 'IN_PROGRESS' | 'FAILED'
}

export async function userFederation(
  input: TokenInput,
  grantee: Grantee & { returnUrl: string },
  state: EmulatorState,
): Promise<TokenAnswer> {
  const { principal } = grantee.token
  if (principal.kind === 'none') {
    throw new ValidationException('USER_FEDERATION requires a workload access token that acts for a user')
  }
  const request = tokenRequest(input, grantee)
  const key = vaultKey(request, principal, state.assumptions)

  if (input.forceAuthentication) {
    state.vault.delete(key)
  } else {
    const accessToken = await currentAccessToken(key, grantee.provider, state)
    if (accessToken !== undefined) return { accessToken }
    const standing = input.sessionUri === undefined ? undefined : pollSession(input.sessionUri, key, state)
    if (standing !== undefined) return standing
  }

  const session = state.sessions.open({
    principal,
    request,
    vaultKey: key,
    ...namesOf(grantee),
    returnUrl: grantee.returnUrl,
    customState: input.customState,
  })
  if (session === undefined) throw new AwsError('ThrottlingException', 'Too many authorizations are open')
  return {
    authorizationUrl: authorizationUrl(session.sessionUri, state),
    sessionUri: session.sessionUri,
    sessionStatus: 'IN_PROGRESS',
  }
}

/** Foreign, unknown and expired sessions get one answer: a caller must not find out which session URIs exist. */
function pollSession(sessionUri: string, key: string, state: EmulatorState): TokenAnswer | undefined {
  const session = state.sessions.find(sessionUri)
  if (session === undefined || session.vaultKey !== key) return { sessionUri, sessionStatus: 'FAILED' }
  // The vault has no usable token any more.
  if (session.status === 'completed') return undefined
  if (session.status === 'failed') return { sessionUri, sessionStatus: 'FAILED' }
  const sessionStatus = 'IN_PROGRESS'
  const repeated = state.assumptions.pollRepeatsAuthorizationUrl && session.status === 'waiting'
  // Seen live (us-east-1, September 2026): the status alone.
  return repeated
    ? { sessionUri, sessionStatus, authorizationUrl: authorizationUrl(sessionUri, state) }
    : { sessionStatus }
}

const authorizationUrl = (sessionUri: string, { publicUrl }: EmulatorState) =>
  `${publicUrl}/identities/oauth2/authorize?request_uri=${encodeURIComponent(sessionUri)}`
