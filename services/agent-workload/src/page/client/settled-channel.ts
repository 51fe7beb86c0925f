/** The script of session binding's page has the same two names. */
const CHANNEL = 'authorizations'
const MESSAGE_TYPE = 'authorization-settled'

export function onAuthorizationSettled(look: () => void): void {
  new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<{ type?: unknown } | null>) => {
    if (data?.type === MESSAGE_TYPE) look()
  }
}
