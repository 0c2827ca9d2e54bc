import { Account } from './account.tsx';

export default function Page() {
  return (
    <main>
      <h1>Orders</h1>
      <Account />
    </main>
  );
}
