/** Session binding's page posts here: its script has the same two names. */
const CHANNEL = 'authorizations'
const MESSAGE_TYPE = 'authorization-settled'

/** Calls back when an authorization may have been settled in another tab. */
export function onAuthorizationSettled(look: () => void): void {
  new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<{ type?: unknown } | null>) => {
    if (data?.type === MESSAGE_TYPE) look()
  }
}
