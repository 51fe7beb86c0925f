import type { OfferedTool } from './offered-providers.ts'
import { ToolFailure, UNKNOWN_OUTCOME } from './tool-failure.ts'

export const DISCONNECTED = (displayName: string) => `The user has disconnected ${displayName}.`

export const UNREAD = (displayName: string) =>
  `Access to ${displayName} cannot be obtained at the moment. It may work again later.`

/** The call was aborted: its connection may not be used any more, or could not be read. */
export const brokenOff = ({ provider, does }: Pick<OfferedTool, 'provider' | 'does'>) =>
  new ToolFailure(
    `${provider.displayName} may have been disconnected while this was being done.${does === 'read' ? '' : UNKNOWN_OUTCOME}`,
  )
