/** With `--expose-gc --import`: SIGUSR2 collects garbage, so that only reachable memory remains. */
process.on('SIGUSR2', () => globalThis.gc?.())
