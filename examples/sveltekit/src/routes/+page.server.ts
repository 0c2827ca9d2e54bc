import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { session } }) => ({
  name: session.state === 'active' ? session.user.name : undefined,
});
