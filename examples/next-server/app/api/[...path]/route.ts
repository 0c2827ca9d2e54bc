import { curfew } from '../../../curfew.ts';

/** Every route of the session API. */
export const GET = (request: Request) => curfew.fetch(request);
export const POST = GET;
