import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { AwsRefusal, startAwsStub } from '../test-support/aws-stub.ts'

async function verify(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { AWS_ACCESS_KEY_ID: 'AKIAVERIFY', AWS_SECRET_ACCESS_KEY: 'secret-access-key', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { stdout, stderr, code }
}

test('an error of AWS cannot control the terminal', async () => {
  const stub = await startAwsStub({
    'cloudformation:DescribeStacks': () => {
      throw new AwsRefusal('AccessDenied', 'not for \u001b[2Jyou')
    },
  })
  const { stdout, stderr, code } = await verify(['-c', 'providers=profile'], {
    AWS_ENDPOINT_URL: stub.url,
  })
  await stub.close()
  expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
  expect(stderr).toMatch(/AccessDenied: not for �\[2Jyou\n +at /)
})
