import { createMemoryStore } from '../../../functions/store/memory.ts';
import { CONTRACT_OPTIONS, storeContract } from './contract.ts';

storeContract('in memory', async () => ({ store: createMemoryStore(CONTRACT_OPTIONS) }));
