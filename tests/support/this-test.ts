/** From the globals: the benchmarks cannot import Jest's package. */
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

/** The running test; in `beforeAll`, `afterAll` and a file's top-level `afterEach`, `WHOLE_FILE`. */
export const thisTest = (): symbol => current
