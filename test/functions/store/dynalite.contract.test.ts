import { createTable, startDynalite } from '../../support/engines.ts';
import { CONTRACT_OPTIONS, storeContract } from './contract.ts';

storeContract('on dynalite', async () => {
  const engine = await startDynalite();
  const { store } = await createTable(engine, CONTRACT_OPTIONS);
  return { store, close: engine.stop };
});
