/** `reached` resolves when a caller waits. */
export function createGate() {
  let arrived = Promise.withResolvers<void>()
  let opened = Promise.withResolvers<void>()
  return {
    gate: () => {
      arrived.resolve()
      return opened.promise
    },
    reached: () => arrived.promise,
    open() {
      opened.resolve()
      arrived = Promise.withResolvers<void>()
      opened = Promise.withResolvers<void>()
    },
  }
}
