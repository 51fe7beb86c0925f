import { isIP, isIPv4 } from 'node:net'

export const parseNumber = (text: string) => (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : undefined)

const W3C_DATE = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?)?)?$/

/** A W3C date, or seconds since 1970; four digits are a year. @returns milliseconds, or undefined for another text */
export function parseDate(text: string) {
  const time = W3C_DATE.test(text) ? Date.parse(text) : /^\d+$/.test(text) ? Number(text) * 1000 : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
])
export const parseBoolean = (text: string) => BOOLEANS.get(text.toLowerCase())

/** Only canonical base64, so that equal bytes have equal texts. */
export function parseBinary(text: string) {
  const bytes = Buffer.from(text, 'base64')
  return text !== '' && bytes.toString('base64') === text ? text : undefined
}

export type Addresses = { address: string; family: 'ipv4' | 'ipv6'; prefix: number }

export function parseAddresses(text: string): Addresses | undefined {
  const [address = '', prefixText, ...more] = text.split('/')
  if (isIP(address) === 0 || address.includes('%') || more.length > 0) return undefined
  const bits = isIPv4(address) ? 32 : 128
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return undefined
  const prefix = prefixText === undefined ? bits : Number(prefixText)
  return prefix > bits ? undefined : { address, family: bits === 32 ? 'ipv4' : 'ipv6', prefix }
}
