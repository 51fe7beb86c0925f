/** With `--expose-gc --import`: SIGUSR2 collects what nobody holds, so that what is left is held. */
process.on('SIGUSR2', () => globalThis.gc?.())
