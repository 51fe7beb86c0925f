import { expect, test } from '@jest/globals'
import { AwsRefusal, type Input } from '../test-support/aws-stub.ts'
import { examineStage } from '../test-support/examine-stage.ts'
import { HEALTHY, KEYS, keyRing } from '../test-support/healthy-stage.ts'
import { jsonReport, textReport } from './report.ts'

const SECRET = 'SECRETthatNobodyMaySee'
const OPERATIONS = Object.keys(HEALTHY)

function withSecrets(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(withSecrets)
  if (typeof reply !== 'object' || reply === null) return reply
  const members = Object.entries(reply).map(([name, value]) => [name, withSecrets(value)])
  const lists = Object.getOwnPropertySymbols(reply).map((symbol) => [symbol, Reflect.get(reply, symbol)])
  const secrets = {
    Description: SECRET,
    ClientSecret: SECRET,
    Message: SECRET,
    description: SECRET,
    failureReason: SECRET,
  }
  return { ...secrets, ...Object.fromEntries(members), ...Object.fromEntries(lists) }
}

const everywhere = (change: (reply: object, input: Input) => object) =>
  Object.fromEntries(OPERATIONS.map((operation) => [operation, change]))

async function told(broken: Parameters<typeof examineStage>[0]): Promise<string> {
  const { target, results } = await examineStage(broken)
  return textReport(target, results) + jsonReport(target, results)
}

const NEVER = [...Object.values(KEYS), 'client-secret-of', 'secret-access-key-of-doctor', SECRET]

test('no secret is shown for a healthy stage, whatever AWS’s replies contain', async () => {
  const text = await told({ replies: everywhere((reply) => withSecrets(reply) as object) })
  for (const secret of NEVER) expect(text).not.toContain(secret)
})

test.each([
  ['no key ring', SECRET],
  ['a ring whose key is called like a secret', JSON.stringify({ sealWith: SECRET, [SECRET]: SECRET })],
  ['a key in every ring', keyRing(`${SECRET}-0123456789012345678901234567890`)],
])('no part of a secret is shown when it is %s', async (_what, SecretString) => {
  const text = await told({ replies: { 'secretsmanager:GetSecretValue': () => ({ SecretString }) } })
  expect(text).toMatch(/is no key ring|have a key in common/)
  for (const secret of NEVER) expect(text).not.toContain(secret)
})

test.each(OPERATIONS)(
  'AWS’s text is not shown when it refuses %s, and the check does not count as ok',
  async (operation) => {
    const refused = () => {
      throw new AwsRefusal('ValidationException', `The value ${SECRET} is not valid`)
    }
    const text = await told({ replies: { [operation]: refused } })
    expect(text).toMatch(/^(wrong|not checked)/m)
    for (const secret of NEVER) expect(text).not.toContain(secret)
  },
)

test('a container’s variable with a secret in it is not shown', async () => {
  const text = await told({
    replies: {
      'ecs:DescribeTaskDefinition': (reply) =>
        JSON.parse(
          JSON.stringify(reply).replaceAll(
            '"environment":[',
            `"environment":[{"name":"GITHUB_TOKEN","value":"${SECRET}"},`,
          ),
        ),
    },
  })
  expect(text).not.toContain(SECRET)
})
