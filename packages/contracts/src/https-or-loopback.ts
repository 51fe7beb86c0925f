export const isLoopback = (url: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)

/** Whether an answer from this URL cannot be changed on the way: TLS, or this machine. False for what is no URL. */
export const isHttpsOrLoopback = (url: string): boolean =>
  URL.canParse(url) && (url.startsWith('https:') || isLoopback(url))
