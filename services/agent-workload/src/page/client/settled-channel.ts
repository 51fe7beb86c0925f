/** The session binding service's page posts here; it writes the same two names in a script of its own. */
const CHANNEL = 'authorizations'
const MESSAGE_TYPE = 'authorization-settled'

/** Calls back when an authorization may have come to its end in another tab. It proves nothing: look again, no more. */
export function onAuthorizationSettled(look: () => void): void {
  new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<{ type?: unknown } | null>) => {
    if (data?.type === MESSAGE_TYPE) look()
  }
}
