import type { Response } from 'express'

/** @returns false when the response is still open after `stallMs`, and the buffered data was not sent. */
export const drained = (response: Response, stallMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const finish = (reads: boolean) => {
      clearTimeout(stalled)
      response.off('drain', done)
      response.off('close', done)
      resolve(reads)
    }
    const done = () => finish(true)
    const stalled = setTimeout(() => finish(false), stallMs)
    response.on('drain', done)
    response.on('close', done)
    if (response.closed) done()
  })
