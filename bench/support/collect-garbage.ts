/** With `--expose-gc --import`: SIGUSR2 collects garbage. */
process.on('SIGUSR2', () => globalThis.gc?.())
