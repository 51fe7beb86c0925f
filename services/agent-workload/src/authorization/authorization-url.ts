/**
 * Whether a URL is AgentCore's own authorize endpoint, by origin. Userinfo would be sent along to it and has no business
 * there.
 */
export const isAuthorizationUrlAt =
  (origin: string) =>
  (text: string): boolean => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    return url?.origin === origin && url.username === '' && url.password === ''
  }
