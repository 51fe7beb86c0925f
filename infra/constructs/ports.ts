/** The port on which the containers listen. */
export const CONTAINER_PORT = 8080
/** The session store's port, unless its URL has another one. */
export const STORE_PORT = 6379
