/**
 * Whether a URL is below AgentCore's own origin. Compared as the browser will read it, from its first character: userinfo
 * has no business there, and a `blob:` URL has the origin of whoever made it.
 */
export const isAuthorizationUrlAt =
  (origin: string) =>
  (text: string): boolean =>
    URL.canParse(text) && new URL(text).href.startsWith(`${origin}/`)
