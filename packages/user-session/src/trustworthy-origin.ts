import { isLoopback } from '@agent-identity/contracts'

/**
 * Every browser accepts Secure cookies over https. Plain HTTP on loopback is potentially trustworthy, too (W3C Secure Contexts §3.1), but
 * some browsers drop such cookies there.
 */
export const isTrustworthyOrigin = (url: string): boolean => new URL(url).protocol === 'https:' || isLoopback(url)
