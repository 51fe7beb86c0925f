import { VendorError } from '@agent-identity/provider-kit'
import type { DisconnectedError } from '@agent-identity/service-runtime'
import type { OfferedTool } from './offered-providers.ts'
import { ToolFailure, UNKNOWN_OUTCOME } from './tool-failure.ts'

export const DISCONNECTED = (displayName: string) => `The user has disconnected ${displayName}.`

export const UNREAD = (displayName: string) =>
  `Access to ${displayName} cannot be obtained at the moment. It may work again later.`

/**
 * The call was aborted: its connection may not be used any more, or could not be read.
 *
 * @returns `reason`, as before the call, when it is known that nothing was changed
 */
export function brokenOff(
  error: unknown,
  reason: DisconnectedError,
  { provider, does }: Pick<OfferedTool, 'provider' | 'does'>,
): Error {
  if (error instanceof VendorError && !error.mayHaveChanged) return reason
  const unknown = does === 'read' ? '' : UNKNOWN_OUTCOME
  return new ToolFailure(`${provider.displayName} may have been disconnected while this was being done.${unknown}`)
}
