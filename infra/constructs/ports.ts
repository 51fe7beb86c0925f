export const CONTAINER_PORT = 8080
/** Unless the URL of an existing session store has another one. */
export const STORE_PORT = 6379
