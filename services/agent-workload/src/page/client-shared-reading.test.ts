import { expect, test } from '@jest/globals'
import { importClientModule } from './test-support/fake-page.ts'

interface SharedReading {
  sharedReading<Answer>(read: () => Promise<Answer>): () => Promise<Answer>
}

async function world() {
  const { sharedReading } = await importClientModule<SharedReading>('shared-reading.ts')
  const begun: PromiseWithResolvers<string>[] = []
  const update = sharedReading(() => {
    const reading = Promise.withResolvers<string>()
    begun.push(reading)
    return reading.promise
  })
  return { begun, update }
}

test('calls during a reading share one reading after it', async () => {
  const { begun, update } = await world()
  const first = update()
  const [second, third] = [update(), update()]
  expect(begun).toHaveLength(1)
  begun[0]?.resolve('before')
  expect(await first).toBe('before')
  begun[1]?.resolve('after')
  expect([await second, await third, begun.length]).toEqual(['after', 'after', 2])
})

test('a reading that fails fails no later one', async () => {
  const { begun, update } = await world()
  const first = update()
  const second = update()
  begun[0]?.reject(new Error('it cannot be shown'))
  await expect(first).rejects.toThrow('it cannot be shown')
  begun[1]?.resolve('shown')
  expect(await second).toBe('shown')
  const third = update()
  const fourth = update()
  begun[2]?.reject(new Error('it cannot be shown'))
  await expect(third).rejects.toThrow('it cannot be shown')
  begun[3]?.resolve('shown')
  expect([await fourth, begun.length]).toEqual(['shown', 4])
})
