export function interruptibleWait(stopped: AbortSignal): (milliseconds: number) => Promise<void> {
  return (milliseconds) =>
    new Promise((resolve, reject) => {
      stopped.throwIfAborted()
      const end = () => {
        clearTimeout(timer)
        reject(stopped.reason)
      }
      const timer = setTimeout(() => {
        stopped.removeEventListener('abort', end)
        resolve()
      }, milliseconds)
      stopped.addEventListener('abort', end, { once: true })
    })
}
