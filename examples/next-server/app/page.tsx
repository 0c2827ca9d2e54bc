import { headers } from 'next/headers';
import { curfew } from '../curfew.ts';
import { Account } from './account.tsx';

/** Rendered for each request, by the session that it shows. */
export default async function Orders() {
  const request = new Request('http://localhost/', { headers: await headers() });
  const { session } = await curfew.check(request, { onMissing: 'attach', onEnded: 'attach' });
  return (
    <>
      <h1>Orders</h1>
      {session?.state === 'active' ? <p>Ordered by {session.user.name}.</p> : <a href="/login">Sign in</a>}
      <Account />
    </>
  );
}
