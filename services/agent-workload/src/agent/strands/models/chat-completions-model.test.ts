import { startVendorStub, type VendorCall, type VendorReply } from '@agent-identity/provider-kit/vendor-stub'
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { accessThat, collectingLog, NOW, outcomeOf, plainMemory, runTurn } from '../../test-support/agent-harness.ts'
import { workingVendors } from '../../test-support/working-vendors.ts'
import { createStrandsLoop } from '../index.ts'
import { createModel } from './create-model.ts'

const TOKEN = 'vendor-secret-token'
const token = { outcome: 'token', accessToken: TOKEN } as const
const CHAT = 'POST /v1/chat/completions'

let vendor: Awaited<ReturnType<typeof startVendorStub>>
beforeAll(async () => {
  vendor = await startVendorStub()
})
afterAll(() => vendor.stop())
/** The second request to the model. */
let second: Pick<VendorCall, 'body'> = { body: undefined }
beforeEach(() => {
  second = { body: { messages: [] } }
})

const streamed = (...parts: object[]): VendorReply => ({
  html: [...parts.map((part) => JSON.stringify({ choices: [{ index: 0, ...part }] })), '[DONE]']
    .map((data) => `data: ${data}\n\n`)
    .join(''),
})
const said = (content: string) => ({ delta: { role: 'assistant', content } })
const called = (index: number, name: string, input: string) => ({
  delta: { tool_calls: [{ index, id: `call-${index}`, type: 'function', function: { name, arguments: input } }] },
})
const more = (index: number, input: string) => ({ delta: { tool_calls: [{ index, function: { arguments: input } }] } })
const ended = (finish_reason: string) => ({ delta: {}, finish_reason })

function ask(first: VendorReply) {
  let calls = 0
  vendor.answer({
    ...workingVendors(TOKEN, NOW),
    [CHAT]: (call) => {
      if (calls++ === 0) return first
      second = call
      return streamed(said('Done.'), ended('stop'))
    },
  })
  const settings = {
    MODEL_PROVIDER: 'openai',
    MODEL_TIMEOUT_MS: 60_000,
    AWS_REGION: 'eu-central-1',
    OPENAI_BASE_URL: `${vendor.url}/v1`,
    OPENAI_API_KEY: 'sk-model-key',
    OPENAI_MODEL: 'some-model',
  } as const
  const loop = createStrandsLoop({ model: createModel(settings), log: collectingLog().log })
  const access = accessThat({ github: token, 'google-calendar': token })
  return outcomeOf(runTurn({ url: vendor.url, access, memory: plainMemory(), loop }, 'Both, please'))
}

const messages = () => (second as { body: { messages: { role: string; [name: string]: unknown }[] } }).body.messages

it('makes every one of several tool calls, and returns each result to the model', async () => {
  const answer = await ask(
    streamed(
      said('Let me see. '),
      called(0, 'list_repositories', ''),
      more(0, '{'),
      more(0, '}'),
      called(1, 'list_calendar_events', '{"date":"2026-11-24"}'),
      ended('tool_calls'),
    ),
  )
  expect(answer.tools.toSorted()).toEqual([
    'list_calendar_events started',
    'list_calendar_events succeeded',
    'list_repositories started',
    'list_repositories succeeded',
  ])
  expect(answer.text).toMatch(/^Let me see\.\s+Done\.$/)
  const results = messages().filter(({ role }) => role === 'tool')
  expect(results.map(({ tool_call_id }) => tool_call_id).toSorted()).toEqual(['call-0', 'call-1'])
  const ofCall = (id: string) => JSON.stringify(results.find(({ tool_call_id }) => tool_call_id === id))
  expect(ofCall('call-0')).toContain('alice/notes')
  expect(ofCall('call-1')).toContain('Stand-up')
  expect(JSON.stringify(messages().filter(({ role }) => role === 'assistant'))).toContain('Let me see.')
})

it('passes on a text without tools once', async () => {
  const answer = await ask(streamed(said('One '), said('answer.'), ended('stop')))
  expect(answer).toMatchObject({ text: 'One answer.', tools: [], end: { type: 'done' } })
})

it('makes no call when the inputs of several calls are interleaved', async () => {
  const answer = await ask(
    streamed(
      called(0, 'open_issue', ''),
      called(1, 'add_calendar_event', ''),
      more(0, '{"repository":"alice/notes","title":"x"}'),
      more(1, '{"title":"Lunch","time":"12:30"}'),
      ended('tool_calls'),
    ),
  )
  expect(vendor.calls.filter(({ method, path }) => method === 'POST' && path !== '/v1/chat/completions')).toEqual([])
  expect(answer.tools.filter((tool) => tool.endsWith('succeeded'))).toEqual([])
})
