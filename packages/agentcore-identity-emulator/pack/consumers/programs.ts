const USE = `
const emulator = await startEmulator({ workloadIdentities: [{ name: 'agent' }] })
const answer = await fetch(emulator.url + '/_emulator/calls')
const { status } = answer
await answer.arrayBuffer()
await emulator.close()
`

export const IMPORT_AND_REQUIRE = `
import { createRequire } from 'node:module'
import { ConfigurationError, startEmulator } from 'agentcore-identity-emulator'
const required = createRequire(import.meta.url)('agentcore-identity-emulator')
if (required.startEmulator !== startEmulator || required.ConfigurationError !== ConfigurationError) throw new Error('two copies')
${USE}
console.log(status)
`

export const REQUIRE = `
const { startEmulator } = require('agentcore-identity-emulator')
async function main() { ${USE} console.log(status) }
void main()
`

const TYPED = `
const options: EmulatorOptions = { credentials: [{ accessKeyId: 'A', secretAccessKey: 'b' }], lifetimes: { workloadAccessTokenSeconds: 60 } }
export async function use(): Promise<string> {
  const emulator: Emulator = await startEmulator(options)
  emulator.clock.advance(60)
  const operations: string[] = emulator.calls().map((call: Call) => call.operation)
  await emulator.close()
  return operations.join()
}
// @ts-expect-error a port is a number
export const wrong: EmulatorOptions = { port: '8082' }
// @ts-expect-error there is no such member
export const unknown = (emulator: Emulator) => emulator.colour
export const isMistake = (error: unknown): boolean => error instanceof ConfigurationError
`

/** `.mts` is an ES module and `.cts` CommonJS under node16. */
export const TYPED_PROGRAMS = {
  'typed.mts': `import { type Call, ConfigurationError, type Emulator, type EmulatorOptions, startEmulator } from 'agentcore-identity-emulator'\n${TYPED}`,
  'typed.cts': `import { type Call, ConfigurationError, type Emulator, type EmulatorOptions, startEmulator } from 'agentcore-identity-emulator'\n${TYPED}`,
}

export const JEST_TEST = `
const { startEmulator } = require('agentcore-identity-emulator')
test('starts', async () => { ${USE} expect(status).toBe(200) })
`
