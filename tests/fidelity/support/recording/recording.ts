import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of tests/fidelity/live, whose README explains each member. */
export interface Recording {
  what: string
  source: { name: string; url?: string; date: string; region?: string; confidence: 'L' | 'G' | 'R' | 'D' | 'X' | 'S' }
  options?: Record<string, unknown>
  /** Policies by caller, besides the administrator, who has all permissions. */
  callers?: Record<string, readonly object[]>
  steps: readonly Step[]
}

export type Step = Call | Browse | Advance | VendorSaw

interface Observed {
  /** Name of a variable → path in the answer: `body.sessionUri`, `headers.location`. */
  save?: Record<string, string>
  /** Without a response, the step only has to succeed. */
  response?: RecordedResponse
}

export interface Call extends Observed {
  call: string
  input: Record<string, unknown>
  as?: string
}

export interface Browse extends Observed {
  browse: string
  /** `none`: another browser, which has no cookies. */
  cookies?: 'none'
}

export interface Advance {
  advanceSeconds: number
}

export interface VendorSaw {
  vendorSaw: readonly string[]
}

export interface RecordedResponse {
  status: number
  headers?: Record<string, string | null>
  body?: unknown
  bytes?: number
  error?: { type: string; message?: string }
}

const MEMBERS = {
  recording: ['what', 'source', 'options', 'callers', 'steps'],
  call: ['call', 'input', 'as', 'save', 'response'],
  browse: ['browse', 'cookies', 'save', 'response'],
  advanceSeconds: ['advanceSeconds'],
  vendorSaw: ['vendorSaw'],
  response: ['status', 'headers', 'body', 'bytes', 'error'],
}

/** An unknown member of a recording, a step or a response is refused: it would have no effect. */
export function readRecordings(directory: string): { file: string; text: string; recording: Recording }[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(directory, file), 'utf8')
      const recording = JSON.parse(text) as Recording
      requireMembers(file, recording, MEMBERS.recording)
      for (const step of recording.steps) requireStep(file, step)
      return { file, text, recording }
    })
}

function requireStep(file: string, step: Step) {
  const kind = (['call', 'browse', 'advanceSeconds', 'vendorSaw'] as const).find((one) => one in step)
  if (kind === undefined) throw new Error(`${file}: a step is none of the four kinds`)
  requireMembers(file, step, MEMBERS[kind])
  if ('response' in step && step.response) requireMembers(file, step.response, MEMBERS.response)
}

function requireMembers(file: string, value: object, known: readonly string[]) {
  const unknown = Object.keys(value).filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`${file}: unknown members ${unknown.join(', ')}`)
}
