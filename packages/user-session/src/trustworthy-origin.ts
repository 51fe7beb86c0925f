import { isLoopback } from '@agent-identity/contracts'

/** Browsers accept Secure cookies from these (W3C Secure Contexts §3.1); over plain HTTP on loopback, not every browser does. */
export const isTrustworthyOrigin = (url: string): boolean => new URL(url).protocol === 'https:' || isLoopback(url)
