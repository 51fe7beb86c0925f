import { describe, expect, test } from '@jest/globals'
import { App, Stack } from 'aws-cdk-lib'
import { statementsToRead } from '../constructs/container-secret.ts'
import { existingContainerSecret, existingSecret } from '../constructs/existing-secret.ts'

const IN_THE_ACCOUNT = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:'
const stack = () => new Stack(new App(), 'Mine', { env: { region: 'eu-west-1', account: '123456789012' } })

describe('a secret of a container', () => {
  test.each(['my-secret', 'agents/oidc-client', 'redis-000001'])(
    'is not given by a name that Secrets Manager takes for a complete ARN’s: %s',
    (secret) => {
      expect(() => existingContainerSecret(stack(), 'Secret', { secret })).toThrow("give the secret's complete ARN")
    },
  )

  test.each(['my-secre', 'my-secrets', 'my_secret', 'secret', 'my-secret/v1', `${IN_THE_ACCOUNT}my-secret-AbCdEf`])(
    'may be %s',
    (secret) => {
      const { arn } = existingContainerSecret(stack(), 'Secret', { secret })
      expect(arn).toMatch(/^arn:/)
      expect(arn.endsWith(secret)).toBe(true)
    },
  )
})

/** Revocation functions and CloudFormation read such a secret by its name: the ARN is only for IAM. */
test('another secret may have such a name, and it is no complete ARN', () => {
  const secret = existingSecret(stack(), 'Secret', { secret: 'agents/oidc-client' })
  expect(statementsToRead(secret).flatMap(({ resources }) => resources)).toEqual([
    expect.stringMatching(/:secret:agents\/oidc-client-\?{6}$/),
  ])
})
