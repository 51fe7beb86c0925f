import { describe, expect, test } from '@jest/globals'
import { doctorFinds } from '../test-support/doctor-finds.ts'
import { complaintsOf, examineStage, get, told } from '../test-support/examine-stage.ts'
import { APP, ISSUER } from '../test-support/healthy-stage.ts'

const answersWith = (status: number, body = '') => ({
  parts: {
    get: async (url: string) =>
      url.startsWith(APP) ? { status, body } : { status: 200, body: JSON.stringify({ issuer: ISSUER }) },
  },
})
const issuerAnswers = (status: number, body: string) => ({
  parts: {
    get: async (url: string) =>
      url.startsWith(APP) ? { status: 401, body: '{"code":"not_signed_in"}' } : { status, body },
  },
})
const metadata = `${ISSUER}/.well-known/openid-configuration`

doctorFinds([
  [
    'an address without the app',
    answersWith(404),
    [`public address: ${APP}/api/session answers with 404 instead of the agent workload's 401.`],
  ],
  [
    'a 401 of another app',
    answersWith(401, '<html>'),
    [`public address: ${APP}/api/session answers with 401 instead of the agent workload's 401.`],
  ],
  [
    'an address without an answer',
    {
      parts: {
        get: async (url) => {
          if (url.startsWith(APP)) throw new Error('ENOTFOUND')
          return { status: 200, body: JSON.stringify({ issuer: ISSUER }) }
        },
      },
    },
    [`public address: ${APP} does not answer.`],
  ],
  ['an issuer that is gone', issuerAnswers(404, ''), [`issuer: ${metadata} answers with 404.`]],
  ['an issuer without metadata', issuerAnswers(200, '<html>'), [`issuer: ${metadata} is no JSON.`]],
  [
    'an issuer with another name',
    issuerAnswers(200, '{"issuer":"https://evil"}'),
    [`issuer: ${metadata} names another issuer.`],
  ],
])

const BALANCER = 'lb-1.us-east-1.elb.amazonaws.com'
const ownDns = (addresses: string[], status?: number) => ({
  replies: {
    'cloudformation:DescribeStacks': (reply: { Stacks: { Outputs: object[] }[] }) => ({
      Stacks: reply.Stacks.map((stack) => ({
        ...stack,
        Outputs: [...stack.Outputs, { OutputKey: 'EntranceDnsTarget1A2B', OutputValue: BALANCER }],
      })),
    }),
  },
  parts: {
    get: async (url: string) => {
      if (!url.startsWith(APP)) return get(url)
      if (status === undefined) throw new Error('ENOTFOUND')
      return { status, body: '' }
    },
    addressesOf: async (name: string) => (name === BALANCER ? ['192.0.2.1', '192.0.2.2'] : addresses),
  },
})

describe('without a DNS record of the deployment', () => {
  test.each([
    ['has no address', ownDns([])],
    ['leads to another server', ownDns(['198.51.100.1'], 200)],
  ])('pointing a name that %s is to do by hand', async (_what, broken) => {
    const { results } = await examineStage(broken)
    expect(complaintsOf(results)).toEqual([])
    expect(told(results, 'by hand')).toContain(
      `public address: Point ${new URL(APP).hostname} at ${BALANCER}: seen from here, it does not lead there yet.`,
    )
  })

  test('the MCP server is not checked until then', async () => {
    const { results } = await examineStage({ ...ownDns([]), mcp: true })
    expect(complaintsOf(results)).toEqual(['MCP server: The public address does not lead to the deployment yet.'])
  })

  test('a name that leads to the deployment is wrong when it does not answer', async () => {
    const { results } = await examineStage({ ...ownDns(['192.0.2.2'], 503), mcp: true })
    expect(complaintsOf(results)).toEqual([
      `public address: ${APP}/api/session answers with 503 instead of the agent workload's 401.`,
      `MCP server: ${APP}/mcp answers with 503 and not with 401 and its metadata.`,
      `MCP server: ${APP}/.well-known/oauth-protected-resource/mcp does not name this MCP server, its issuer and its scope.`,
    ])
  })
})
