import { createOrders } from './handler.ts';

/** `SessionService.protect()` sets the variables that the guard reads here. */
export const handler = createOrders();
