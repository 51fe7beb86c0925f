/** `href` is compared, not `origin`: so userinfo is refused, and a `blob:` URL, whose `origin` is that of its creator. */
export const isAuthorizationUrlAt =
  (origin: string) =>
  (text: string): boolean =>
    URL.canParse(text) && new URL(text).href.startsWith(`${origin}/`)
