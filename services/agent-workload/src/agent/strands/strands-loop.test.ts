import { startVendorStub, type VendorReply } from '@agent-identity/provider-kit/vendor-stub'
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { ModelThrottledError } from '@strands-agents/sdk'
import { accessThat, collectingLog, NOW, outcomeOf, plainMemory, runTurn } from '../test-support/agent-harness.ts'
import { describeAgentLoop } from '../test-support/agent-loop-suite/index.ts'
import { EVENTS_PATH, workingVendors } from '../test-support/working-vendors.ts'
import { createModel, createStrandsLoop } from './index.ts'
import { ScriptedModel } from './models/scripted-model.ts'

describeAgentLoop('Strands', (reply) =>
  createStrandsLoop({ model: Promise.resolve(new ScriptedModel(reply)), log: collectingLog().log }),
)

const TOKEN = 'vendor-secret-token'
const token = { outcome: 'token', accessToken: TOKEN } as const

describe('Strands and its models', () => {
  let vendor: Awaited<ReturnType<typeof startVendorStub>>
  let memory: ReturnType<typeof plainMemory>

  beforeAll(async () => {
    vendor = await startVendorStub()
  })
  afterAll(() => vendor.stop())
  beforeEach(() => {
    memory = plainMemory()
    vendor.answer(workingVendors(TOKEN, NOW))
  })

  type Options = Partial<Parameters<typeof runTurn>[0]>
  const start = (access: ReturnType<typeof accessThat>, question: string, options: Options = {}) =>
    runTurn({ url: vendor.url, access, memory, ...options }, question)
  const run = (access: ReturnType<typeof accessThat>, question: string, options: Options = {}) =>
    outcomeOf(start(access, question, options))
  const overModel = (timeoutMs: number) =>
    createStrandsLoop({
      model: createModel({
        MODEL_PROVIDER: 'openai',
        MODEL_TIMEOUT_MS: timeoutMs,
        AWS_REGION: 'eu-central-1',
        OPENAI_BASE_URL: `${vendor.url}/v1`,
        OPENAI_API_KEY: 'sk-model-key',
        OPENAI_MODEL: 'some-model',
      }),
      log: collectingLog().log,
    })

  it('passes on text as it arrives', async () => {
    expect((await run(accessThat({}), 'What can you do?')).all.length).toBeGreaterThan(3)
  })

  it('drops a run whose consumer stops, and does not wait for its calls', async () => {
    const asked = Promise.withResolvers<void>()
    vendor.answer({
      'GET /user/repos': workingVendors(TOKEN, NOW)['GET /user/repos'] as VendorReply,
      [`GET ${EVENTS_PATH}`]: () => {
        asked.resolve()
        return 'silence'
      },
    })
    const access = accessThat({ github: token, 'google-calendar': token })
    const question = 'What is on my calendar today and list my repositories'
    let leftAt = 0
    for await (const event of start(access, question, { vendorTimeoutMs: 120_000 })) {
      if (event.type !== 'tool' || event.status !== 'succeeded') continue
      await asked.promise
      leftAt = performance.now()
      break
    }
    expect(performance.now() - leftAt).toBeLessThan(60_000)
    expect(memory.value).toBeUndefined()
  })

  it('stops waiting for a silent model after its timeout', async () => {
    vendor.answer({ 'POST /v1/chat/completions': 'silence' })
    const answer = await run(accessThat({}), 'What can you do?', {
      loop: overModel(100),
    })
    expect(answer).toMatchObject({ all: [{ type: 'failed', code: 'model_unavailable' }] })
  })

  it('stops retrying a throttled model after three attempts', async () => {
    let calls = 0
    const model = new ScriptedModel(() => {
      calls += 1
      throw new ModelThrottledError('slow down')
    })
    // Strands multiplies its pauses by this number.
    const random = jest.spyOn(Math, 'random').mockReturnValue(0)
    const loop = createStrandsLoop({ model: Promise.resolve(model), log: collectingLog().log })
    const answer = await run(accessThat({}), 'What can you do?', { loop })
    random.mockRestore()
    expect(answer).toMatchObject({ all: [{ type: 'failed', code: 'model_unavailable' }] })
    expect(calls).toBe(3)
  })

  it('reports a missing model, and leaves a conversation that can go on', async () => {
    const { log, lines } = collectingLog()
    const question = 'What can you do without a model?'
    const answer = await run(accessThat({}), question, { log, loop: overModel(120_000) })
    expect(answer).toMatchObject({ all: [{ type: 'failed', code: 'model_unavailable' }] })
    // A request that another test did not wait for may arrive late.
    const asked = vendor.calls.filter(({ body }) => JSON.stringify(body).includes(question))
    expect(asked).toMatchObject([{ path: '/v1/chat/completions', authorization: 'Bearer sk-model-key' }])
    expect(lines.join()).not.toContain('sk-model-key')
    expect((await run(accessThat({}), 'What can you do?')).end).toEqual({ type: 'done' })
  })
})
