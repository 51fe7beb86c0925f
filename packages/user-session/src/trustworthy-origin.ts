export const isLoopback = (url: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)

/** What browsers accept Secure cookies from (W3C Secure Contexts §3.1). */
export const isTrustworthyOrigin = (url: string): boolean => new URL(url).protocol === 'https:' || isLoopback(url)
