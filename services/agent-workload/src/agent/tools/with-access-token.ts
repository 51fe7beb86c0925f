import type { Rejected, ResourceAccessOutcome } from '@agent-identity/authorization'
import type { AuthorizationId, ConnectionId } from '@agent-identity/contracts'
import { VendorError } from '@agent-identity/provider-kit'
import { DisconnectedError, UnreadConnectionError } from '@agent-identity/service-runtime'
import {
  DECLINED,
  DISCONNECTED,
  LEFT_OUT,
  mayHaveNewAccess,
  NOT_GIVEN,
  type OfferedTool,
  ToolFailure,
  UNREAD,
} from '@agent-identity/tools'
import type { ToolRun } from './tool-run.ts'

export class ConsentNeeded extends Error {
  override name = 'ConsentNeeded'
  readonly authorizationId: AuthorizationId

  constructor(authorizationId: AuthorizationId) {
    super()
    this.authorizationId = authorizationId
  }
}

type Need = Pick<OfferedTool, 'provider' | 'scopes'> & { connection?: ConnectionId | undefined }

/**
 * Steps 4, 5 and 10 from a tool's view. The access token must not get into the tool's result, the agent's state or its snapshot.
 *
 * @throws ToolFailure, ConsentNeeded, or what `act` throws
 */
export async function withAccessToken<Result>(
  need: Need,
  run: ToolRun,
  act: (accessToken: string) => Promise<Result>,
): Promise<Result> {
  const accessToken = await tokenFor(need, run)
  let rejected: Rejected | undefined
  try {
    return await act(accessToken)
  } catch (error) {
    const isRejected = error instanceof VendorError && mayHaveNewAccess(need.provider.credential, error.reason)
    if (!isRejected && !(error instanceof DisconnectedError)) throw error
    // AgentCore may not know that the vendor rejects the token, or that the user has granted less.
    if (isRejected) rejected = error.reason === 'scope-missing' ? error.reason : 'rejected'
  }
  try {
    return await act(await tokenFor(need, run, rejected))
  } catch (error) {
    if (!(error instanceof DisconnectedError)) throw error
    const why = error instanceof UnreadConnectionError ? UNREAD : DISCONNECTED
    throw new ToolFailure(why(need.provider.displayName))
  }
}

async function tokenFor({ provider, scopes, connection }: Need, run: ToolRun, rejected?: Rejected): Promise<string> {
  const access = await askFor(run, () => run.access.tokenFor(provider.id, scopes, { rejected, connection }))
  const { displayName } = provider
  switch (access.outcome) {
    case 'token':
      return access.accessToken
    case 'authorization-required':
      throw new ConsentNeeded(access.authorizationId)
    case 'declined':
      throw new ToolFailure(DECLINED[access.code](displayName, access.account))
    case 'missing-scopes':
      throw new ToolFailure(LEFT_OUT(displayName, access.missing))
    case 'unknown-account':
      throw new ToolFailure(`The user does not have that account at ${displayName} any more.`)
    case 'not-offered':
      throw new ToolFailure(`${displayName} is not available here.`)
    case 'refused':
      throw new ToolFailure(NOT_GIVEN(displayName))
    case 'unavailable':
      throw new ToolFailure(UNREAD(displayName))
    case 'signed-out':
      run.onSignedOut()
      throw new ToolFailure('The user has signed out.')
  }
}

/** A fault ends the run: the model cannot do anything about it. */
async function askFor(run: ToolRun, ask: () => Promise<ResourceAccessOutcome>): Promise<ResourceAccessOutcome> {
  try {
    return await ask()
  } catch (fault) {
    run.onFault(fault)
    throw new ToolFailure('This was stopped.')
  }
}
