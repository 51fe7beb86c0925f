import { jest } from '@jest/globals'

/** `AbortSignal.timeout(ms)` does not abort, until `jest.restoreAllMocks()`. */
export function withoutLimit(ms: number): void {
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  jest
    .spyOn(AbortSignal, 'timeout')
    .mockImplementation((after) => (after === ms ? new AbortController().signal : timeout(after)))
}
