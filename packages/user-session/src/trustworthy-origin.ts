import { isLoopback } from '@agent-identity/contracts'

/** Browsers accept Secure cookies from these origins (W3C Secure Contexts §3.1), but not all browsers do over plain HTTP on loopback. */
export const isTrustworthyOrigin = (url: string): boolean => new URL(url).protocol === 'https:' || isLoopback(url)
