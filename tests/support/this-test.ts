/** Jest's hooks. Not imported: the benchmarks drive the same people, and outside of Jest its package cannot be loaded. */
export const hooks = globalThis as unknown as Partial<
  Pick<typeof import('@jest/globals'), 'beforeEach' | 'afterEach' | 'afterAll'>
>

export const WHOLE_FILE = Symbol('outside of any test')
let current = WHOLE_FILE

hooks.beforeEach?.(() => {
  current = Symbol('a test')
})
hooks.afterEach?.(() => {
  current = WHOLE_FILE
})

/** The test that is running; what `beforeAll` does belongs to the whole file. */
export const thisTest = (): symbol => current
