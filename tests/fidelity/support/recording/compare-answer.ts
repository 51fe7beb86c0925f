import type { RecordedResponse } from './recording.ts'
import { differences, matches, readJson } from './template.ts'
import type { Answer } from './wire.ts'

/** @returns the differences, on the wire and as parsed by an SDK */
export function compareAnswer(recorded: RecordedResponse, seen: Answer): string[] {
  const { status, headers = {}, body, bytes, error } = recorded
  const found: string[] = []
  if (seen.status !== status) found.push(`status: ${status} ≠ ${seen.status} ${seen.body.slice(0, 300)}`)
  for (const [name, value] of Object.entries(headers)) found.push(...compareHeader(name, value, seen.headers[name]))
  if (body !== undefined) found.push(...differences(body, readJson(seen.body)))
  const length = Buffer.byteLength(seen.body)
  if (bytes !== undefined && length !== bytes) found.push(`body: ${bytes} bytes ≠ ${length}: ${seen.body}`)
  if (error) found.push(...compareError(error, seen))
  else if (seen.sdk) found.push(...compareOutput(body, seen.sdk))
  return found
}

function compareHeader(name: string, recorded: string | null, seen: string | undefined): string[] {
  if (recorded === null) return seen === undefined ? [] : [`header ${name}: not recorded, seen ${seen}`]
  return seen !== undefined && matches(recorded, seen) ? [] : [`header ${name}: ${recorded} ≠ ${seen}`]
}

function compareError({ type, message }: NonNullable<RecordedResponse['error']>, seen: Answer): string[] {
  const text = String((JSON.parse(seen.body) as { message?: unknown }).message)
  const { name = 'no error', message: sdkMessage } = seen.sdk?.error ?? {}
  return [
    ...(seen.sdk && name !== type ? [`error: ${type} ≠ ${name}`] : []),
    ...(message !== undefined && !matches(message, text) ? [`message: ${message} ≠ ${text}`] : []),
    ...(seen.sdk && sdkMessage !== text ? [`message of the SDK: ${text} ≠ ${sdkMessage}`] : []),
  ]
}

/** An SDK omits null members, and turns timestamps into dates. */
function compareOutput(body: unknown, { output, error }: NonNullable<Answer['sdk']>): string[] {
  if (error) return [`the SDK refuses the answer: ${error.name}: ${error.message}`]
  if (body === undefined) return []
  return differences(withoutNulls(body), datesAsEpochs(output), 'output of the SDK')
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value === 'string') return value === '<epoch>' ? 'a date' : value
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, item]) => item !== null)
  return Object.fromEntries(present.map(([key, item]) => [key, withoutNulls(item)]))
}

function datesAsEpochs(value: unknown): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'not a date' : 'a date'
  if (Array.isArray(value)) return value.map(datesAsEpochs)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(present.map(([key, item]) => [key, datesAsEpochs(item)]))
}
