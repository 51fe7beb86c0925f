export const isLoopback = (url: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)

/** Whether an answer from this URL cannot be changed on the way. */
export const isHttpsOrLoopback = (url: string): boolean =>
  URL.canParse(url) && (url.startsWith('https:') || isLoopback(url))
